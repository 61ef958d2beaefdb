# answer: after-restart = same
# answer: what-of-tools = untouched
kubectl exec notebook -c web -- kill 1
sleep 15
