# fails: close/nothing-in
# message: the namespace that it stands in
# The policy stands in the namespace where you stand, not in the shop.
kubectl apply -f - <<'YAML'
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: default-deny
  namespace: default
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
YAML
