# fails: keep-source/worker-keeps
# The other policy: it is about traffic from inside the cluster.
kubectl patch service web -p '{"spec":{"internalTrafficPolicy":"Local"}}'
