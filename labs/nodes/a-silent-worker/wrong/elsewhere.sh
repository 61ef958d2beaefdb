# fails: kubelet-back/newcomer-runs
# message: where it was placed from the start
# newcomer is made anew on the node that speaks.
kubectl delete pod newcomer --force --grace-period=0
kubectl run newcomer --image=nginx:1.29 --overrides='{"spec":{"nodeName":"podwire-control-plane"}}'
sleep 10
