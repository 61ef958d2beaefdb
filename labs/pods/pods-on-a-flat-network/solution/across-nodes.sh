# answer: server-ip = $(kubectl get pod server -o jsonpath='{.status.podIP}')
# answer: seen-address = client-pod
sed -i 's/  # Say here.*/  nodeName: podwire-control-plane/' client.yaml
kubectl apply -f client.yaml
kubectl wait --for=condition=Ready pod/client --timeout=60s
