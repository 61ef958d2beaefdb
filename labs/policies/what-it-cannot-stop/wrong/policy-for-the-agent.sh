# fails: the-agent/agent-out
# message: No policy sees it
# A policy for the agent: on the host's network it does nothing.
kubectl apply -f - <<'YAML'
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: stop-agent
  namespace: bank
spec:
  podSelector:
    matchLabels: { app: agent }
  policyTypes: [Egress]
YAML
