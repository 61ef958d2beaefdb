cat > pair.yaml <<'YAML'
apiVersion: v1
kind: Pod
metadata:
  name: pair
spec:
  containers:
    - name: web
      image: registry.k8s.io/e2e-test-images/agnhost:2.53
      args: ['netexec', '--http-port=8080']
    - name: metrics
      image: registry.k8s.io/e2e-test-images/agnhost:2.53
      args: ['netexec', '--http-port={{metricsPort}}', '--udp-port=-1']
YAML
kubectl replace --force -f pair.yaml
kubectl wait --for=condition=Ready pod/pair --timeout=60s
