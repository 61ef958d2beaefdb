# answer: after-restart = there
# answer: after-delete = new
kubectl exec site -c web -- sh -c 'kill 1'
sleep 15
