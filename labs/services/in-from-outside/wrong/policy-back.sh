# fails: load-balancer/has-address
# message: keep what you set in the task before
# The address is there, but the client's own has been given up again.
kubectl patch service web -p '{"spec":{"type":"LoadBalancer","externalTrafficPolicy":"Cluster"}}'
