# at: node/podwire-control-plane
mv /etc/kubernetes/kube-controller-manager.yaml /etc/kubernetes/manifests/
# at: toolbox
kubectl rollout status deployment/web --timeout=90s
kubectl -n kube-system wait --for=condition=Ready pod/kube-controller-manager-podwire-control-plane --timeout=60s
sleep 2
