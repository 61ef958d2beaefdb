# answer: who-made-it = controllers
# at: node/podwire-control-plane
mv /etc/kubernetes/manifests/kube-scheduler.yaml /etc/kubernetes/
sleep 2
# at: toolbox
kubectl create deployment late --image=nginx:1.29
sleep 5
