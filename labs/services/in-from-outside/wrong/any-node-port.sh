# fails: node-port/is-node-port
# The type is right, the port is whatever the cluster chose.
kubectl patch service web -p '{"spec":{"type":"NodePort"}}'
