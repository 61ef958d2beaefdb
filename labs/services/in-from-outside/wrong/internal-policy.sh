# fails: keep-source/worker-keeps
# message: one for traffic from inside
# The other policy: it is about traffic from inside the cluster.
kubectl patch service web -p '{"spec":{"internalTrafficPolicy":"Local"}}'
