# fails: one-way/front-asks
# message: Both ends are closed
# One door of the two: front may leave, and nobody lets it in.
# answer: by-name = lookup
kubectl apply -f - <<'YAML'
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: front-to-stock
  namespace: shop
spec:
  podSelector:
    matchLabels: { app: front }
  policyTypes: [Egress]
  egress:
    - to:
        - podSelector:
            matchLabels: { app: stock }
      ports:
        - { protocol: TCP, port: {{stockPort}} }
YAML
