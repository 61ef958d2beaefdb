# fails: shared-localhost/two-containers
# message: which port it could not get
# Both containers listen on 8080: the second one crashes.
kubectl apply -f - <<'EOF'
apiVersion: v1
kind: Pod
metadata:
  name: pair
spec:
  containers:
    - name: web
      image: registry.k8s.io/e2e-test-images/agnhost:2.53
      args: ['netexec', '--http-port=8080']
    - name: tools
      image: registry.k8s.io/e2e-test-images/agnhost:2.53
      args: ['netexec', '--http-port=8080']
EOF
