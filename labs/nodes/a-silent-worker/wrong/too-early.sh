# fails: silent-kubelet/web-moved
# message: nobody replaces them
# The kubelet is silent, and nobody has waited for the pods to be given up.
# answer: terminating = yes
# at: node/podwire-worker
systemctl stop kubelet
# at: toolbox
kubectl run newcomer --image=nginx:1.29 --overrides='{"spec":{"nodeName":"podwire-worker"}}'
sleep 55
