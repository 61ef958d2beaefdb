# fails: controllers-back/controllers-run
# message: nobody will keep that way
# A second pod is made by hand, and nobody owns it.
kubectl run web-2 --labels=app=web --image=registry.k8s.io/e2e-test-images/agnhost:2.53 -- netexec --http-port=8080
kubectl wait --for=condition=Ready pod/web-2 --timeout=60s
