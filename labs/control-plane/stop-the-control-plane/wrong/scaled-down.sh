# fails: no-controllers/controllers-gone
# message: The controller manager still runs
# One pod is left because only one is asked for.
kubectl scale deployment web --replicas=1
sleep 5
