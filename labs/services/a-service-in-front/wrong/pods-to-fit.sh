# fails: mend-it/both-serve
# message: Somebody else answers
# Pods are made that fit the Service's selector, instead of a selector that fits the pods.
for name in my-app-1 my-app-2; do
  kubectl run $name --labels=app.kubernetes.io/name=My-App --image=registry.k8s.io/e2e-test-images/agnhost:2.53 -- netexec --http-port=9376
done
kubectl wait --for=condition=Ready pod/my-app-1 pod/my-app-2 --timeout=60s
