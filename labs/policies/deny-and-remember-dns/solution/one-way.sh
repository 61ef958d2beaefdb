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
