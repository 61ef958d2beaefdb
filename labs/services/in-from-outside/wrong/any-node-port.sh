# fails: node-port/is-node-port
# message: Three ports are in play
# The type is right, the port is whatever the cluster chose.
kubectl patch service web -p '{"spec":{"type":"NodePort"}}'
