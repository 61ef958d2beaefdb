# fails: no-scheduler/nobody-looked
# message: That is a scheduler at work
# The pod waits because no node may be used, and the scheduler, which was stopped after, has said so.
kubectl cordon podwire-control-plane
kubectl cordon podwire-worker
kubectl create deployment late --image=nginx:1.29
sleep 5
# at: node/podwire-control-plane
mv /etc/kubernetes/manifests/kube-scheduler.yaml /etc/kubernetes/
sleep 2
# at: toolbox
kubectl uncordon podwire-control-plane
kubectl uncordon podwire-worker
