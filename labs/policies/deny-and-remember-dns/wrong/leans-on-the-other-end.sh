# fails: one-way/no-wider
# message: One of the rules says more than it has to
# It works because stock lets nobody else in: the way out is open to the whole shop.
# answer: by-name = lookup
kubectl apply -f - <<'YAML'
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: out
  namespace: shop
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
    - to:
        - podSelector: {}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: stock-from-front
  namespace: shop
spec:
  podSelector:
    matchLabels: { app: stock }
  policyTypes: [Ingress]
  ingress:
    - from:
        - podSelector:
            matchLabels: { app: front }
      ports:
        - { protocol: TCP, port: {{stockPort}} }
YAML
