# fails: no-controllers/not-replaced
# message: must have stopped before one goes
# Deleted first, stopped after: the pod was replaced in between.
# answer: half = stale
kubectl delete $(kubectl get pods -l app=web -o name | head -n 1)
sleep 5
# at: node/podwire-control-plane
mv /etc/kubernetes/manifests/kube-controller-manager.yaml /etc/kubernetes/
sleep 2
# at: toolbox
kubectl scale deployment web --replicas=3
