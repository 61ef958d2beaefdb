# fails: no-scheduler/late-waits
# message: leave the choice of a node to it
# A pod that names its node needs no scheduler.
# at: node/podwire-control-plane
mv /etc/kubernetes/manifests/kube-scheduler.yaml /etc/kubernetes/
sleep 2
# at: toolbox
kubectl run late --image=nginx:1.29 --labels=app=late --overrides='{"spec":{"nodeName":"podwire-worker"}}'
sleep 5
