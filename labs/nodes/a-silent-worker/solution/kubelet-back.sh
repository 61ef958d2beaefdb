# at: node/podwire-worker
systemctl start kubelet
# at: toolbox
kubectl wait --for=condition=Ready node/podwire-worker --timeout=60s
kubectl wait --for=condition=Ready pod/newcomer --timeout=60s
kubectl wait --for=delete pod -l app=web --field-selector=spec.nodeName=podwire-worker --timeout=60s
