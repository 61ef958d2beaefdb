# answer: terminating = yes
# at: node/podwire-worker
systemctl stop kubelet
# at: toolbox
kubectl run newcomer --image=nginx:1.29 --overrides='{"spec":{"nodeName":"podwire-worker"}}'
kubectl wait --for=condition=Ready=Unknown node/podwire-worker --timeout=90s
# One pod of web is given up with the node, and replaced when it is evicted.
kubectl wait --for=jsonpath='{.status.availableReplicas}'=1 deployment/web --timeout=20s
kubectl wait --for=jsonpath='{.status.availableReplicas}'=2 deployment/web --timeout=60s
