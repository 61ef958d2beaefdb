# fails: mend-it/pods-untouched
# message: Others select them by the labels they have
# The pods are bent to fit the Service instead of the other way round.
kubectl delete deployment my-app
kubectl create deployment my-app --image=registry.k8s.io/e2e-test-images/agnhost:2.53 --replicas=2 -- /agnhost netexec --http-port=9376
kubectl patch service my-service --type=json -p '[{"op":"replace","path":"/spec/selector","value":{"app":"my-app"}}]'
kubectl rollout status deployment/my-app --timeout=60s
