# answer: half = stale
# at: node/podwire-control-plane
mv /etc/kubernetes/manifests/kube-controller-manager.yaml /etc/kubernetes/
# at: toolbox
kubectl -n kube-system wait --for=delete pod/kube-controller-manager-podwire-control-plane --timeout=60s
kubectl delete $(kubectl get pods -l app=web -o name | head -n 1)
kubectl scale deployment web --replicas=3
