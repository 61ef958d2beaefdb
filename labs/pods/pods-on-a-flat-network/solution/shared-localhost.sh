# answer: clash = in-use
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
      args: ['pause']
EOF
kubectl wait --for=condition=Ready pod/pair --timeout=60s
