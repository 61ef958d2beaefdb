# fails: scheduler-back/scheduler-runs
# message: helps that pod and none that comes after it
# The symptom is cured, the scheduler is not.
kubectl patch deployment late -p '{"spec":{"template":{"spec":{"nodeName":"podwire-worker"}}}}'
sleep 10
