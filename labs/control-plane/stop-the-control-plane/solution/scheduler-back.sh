# answer: chain = server, deployment, replicaset, scheduler, kubelet
# at: node/podwire-control-plane
mv /etc/kubernetes/kube-scheduler.yaml /etc/kubernetes/manifests/
# at: toolbox
kubectl rollout status deployment/late --timeout=90s
kubectl -n kube-system wait --for=condition=Ready pod/kube-scheduler-podwire-control-plane --timeout=60s
