# fails: node-port/is-node-port
# message: Three ports are in play
# The node port is put where the pod's port belongs: nothing listens there.
kubectl patch service web -p '{"spec":{"type":"NodePort","ports":[{"port":80,"targetPort":{{nodePort}},"nodePort":{{nodePort}}}]}}'
