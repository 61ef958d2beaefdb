# fails: mend-the-clash/both-run
# message: Both containers have to be ready
# metrics gets a pod of its own: nothing clashes, and nothing is shared.
kubectl delete pod pair
kubectl run pair --image=registry.k8s.io/e2e-test-images/agnhost:2.53 -- netexec --http-port=8080
kubectl run metrics --image=registry.k8s.io/e2e-test-images/agnhost:2.53 -- netexec --http-port={{metricsPort}}
kubectl wait --for=condition=Ready pod/pair --timeout=60s
