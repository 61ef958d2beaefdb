# fails: across-nodes/client-placed
# message: stays on the node that it was placed on
# The client lands beside the server instead of across from it.
sed -i 's/  # Say here.*/  nodeName: podwire-worker/' client.yaml
kubectl apply -f client.yaml
kubectl wait --for=condition=Ready pod/client --timeout=60s
