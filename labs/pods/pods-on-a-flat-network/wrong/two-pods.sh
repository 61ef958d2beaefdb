# fails: shared-localhost/two-containers
# message: one pod with two containers
# Two pods share nothing: there is no second container in pair.
kubectl run pair --image=registry.k8s.io/e2e-test-images/agnhost:2.53 -- netexec --http-port=8080
kubectl run tools --image=registry.k8s.io/e2e-test-images/agnhost:2.53 -- pause
kubectl wait --for=condition=Ready pod/pair --timeout=60s
