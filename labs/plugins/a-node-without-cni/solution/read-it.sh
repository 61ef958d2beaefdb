# answer: which-model = cni
# answer: who-runs = runtime
# answer: range = $(kubectl get node podwire-control-plane -o jsonpath='{.spec.podCIDR}')
