# fails: scheduler-back/placed
# message: that no scheduler looks at
# The node is named by hand first; the scheduler comes back and finds nothing left to do.
kubectl patch deployment late -p '{"spec":{"template":{"spec":{"nodeName":"podwire-worker"}}}}'
sleep 10
# at: node/podwire-control-plane
mv /etc/kubernetes/kube-scheduler.yaml /etc/kubernetes/manifests/
sleep 5
