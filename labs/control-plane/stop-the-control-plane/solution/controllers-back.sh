# at: node/podwire-control-plane
mv /etc/kubernetes/kube-controller-manager.yaml /etc/kubernetes/manifests/
sleep 3
# at: toolbox
sleep 10
