# answer: shortest = with-namespace
# answer: address = $(kubectl get service api -n shop -o jsonpath='{.spec.clusterIP}')
