# fails: no-scheduler/scheduler-gone
# message: If you deleted its pod, it came back
# The mirror pod is deleted; the kubelet draws it again.
kubectl delete pod -n kube-system kube-scheduler-podwire-control-plane
sleep 5
kubectl create deployment late --image=nginx:1.29
sleep 5
