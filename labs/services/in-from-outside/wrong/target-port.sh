# fails: node-port/is-node-port
# The node port is put where the pod's port belongs: nothing listens there.
kubectl patch service web -p '{"spec":{"type":"NodePort","ports":[{"port":80,"targetPort":30080,"nodePort":30080}]}}'
