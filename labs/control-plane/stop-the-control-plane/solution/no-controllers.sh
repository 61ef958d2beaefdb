# answer: half = stale
# at: node/podwire-control-plane
mv /etc/kubernetes/manifests/kube-controller-manager.yaml /etc/kubernetes/
sleep 2
# at: toolbox
kubectl delete $(kubectl get pods -l app=web -o name | head -n 1)
kubectl scale deployment web --replicas=3
sleep 5
