# fails: mend-the-way/where-they-were
# message: the way to him that is broken
# Dave is moved to where the way is whole.
kubectl delete pod dave
kubectl run dave --image=registry.k8s.io/e2e-test-images/agnhost:2.53 --overrides='{"spec":{"nodeName":"podwire-worker"}}' -- netexec --http-port=8080
kubectl wait --for=condition=Ready pod/dave --timeout=60s
