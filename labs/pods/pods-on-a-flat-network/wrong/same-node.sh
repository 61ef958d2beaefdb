# fails: across-nodes/client-placed
# The client lands beside the server instead of across from it.
sed -i 's/  # Say here.*/  nodeName: podwire-worker/' client.yaml
kubectl apply -f client.yaml
kubectl wait --for=condition=Ready pod/client --timeout=60s
