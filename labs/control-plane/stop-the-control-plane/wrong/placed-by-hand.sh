# fails: scheduler-back/scheduler-runs
# The symptom is cured, the scheduler is not.
kubectl patch deployment late -p '{"spec":{"template":{"spec":{"nodeName":"podwire-worker"}}}}'
sleep 10
