kubectl patch deployment agent -n bank -p '{"spec":{"template":{"spec":{"nodeSelector":{"kubernetes.io/hostname":"podwire-control-plane"}}}}}'
kubectl rollout status -n bank deployment/agent --timeout=60s
