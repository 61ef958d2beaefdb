# answer: pod-ip = $(kubectl get pod notebook -o jsonpath='{.status.podIP}')
# answer: not-shared = files, processes
