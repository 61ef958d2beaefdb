# answer: chain = server, deployment, replicaset, scheduler, kubelet
# at: node/podwire-control-plane
mv /etc/kubernetes/kube-scheduler.yaml /etc/kubernetes/manifests/
sleep 3
# at: toolbox
kubectl rollout status deployment/late --timeout=60s
