# fails: silent-kubelet/node-unknown
# message: Stop its kubelet
# The node is drained: it reports as well as ever.
# answer: terminating = yes
kubectl drain podwire-worker --ignore-daemonsets --force --timeout=60s
kubectl run newcomer --image=nginx:1.29 --overrides='{"spec":{"nodeName":"podwire-worker"}}'
sleep 30
