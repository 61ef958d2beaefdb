# answer: terminating = yes
# at: node/podwire-worker
systemctl stop kubelet
# at: toolbox
kubectl run newcomer --image=nginx:1.29 --overrides='{"spec":{"nodeName":"podwire-worker"}}'
sleep 90
