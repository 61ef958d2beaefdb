# answer: who-made-it = controllers
# at: node/podwire-control-plane
mv /etc/kubernetes/manifests/kube-scheduler.yaml /etc/kubernetes/
# at: toolbox
kubectl -n kube-system wait --for=delete pod/kube-scheduler-podwire-control-plane --timeout=60s
kubectl create deployment late --image=nginx:1.29
kubectl wait --for=jsonpath='{.status.unavailableReplicas}'=1 deployment/late --timeout=30s
