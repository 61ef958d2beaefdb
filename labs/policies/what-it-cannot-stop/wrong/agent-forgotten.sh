# fails: close-it/who-right
# message: Try each of them
# The agent is taken for a pod like any other.
# answer: who-gets-in = itself, own-node
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
