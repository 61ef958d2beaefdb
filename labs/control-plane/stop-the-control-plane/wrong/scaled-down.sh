# fails: no-controllers/controllers-gone
# One pod is left because only one is asked for.
kubectl scale deployment web --replicas=1
sleep 5
