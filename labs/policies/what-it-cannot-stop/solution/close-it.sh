# answer: who-gets-in = itself, own-node, agent
# answer: why-node = probes
kubectl apply -f - <<'YAML'
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: close-vault
  namespace: bank
spec:
  podSelector:
    matchLabels: { app: vault }
  policyTypes: [Ingress, Egress]
YAML
