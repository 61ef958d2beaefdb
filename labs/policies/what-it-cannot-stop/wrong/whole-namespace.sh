# fails: close-it/others-free
# message: Look at which pods the policy selects
# The whole namespace is closed.
# answer: who-gets-in = itself, own-node, agent
# answer: why-node = probes
kubectl apply -f - <<'YAML'
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: close-all
  namespace: bank
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
YAML
