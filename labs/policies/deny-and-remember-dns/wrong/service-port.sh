# fails: one-way/front-asks
# message: the port that the pod itself listens on
# The Service's port instead of the pod's: policies judge what arrives.
kubectl apply -f - <<'YAML'
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: both
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
        - { protocol: TCP, port: 80 }
---
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
        - { protocol: TCP, port: 80 }
YAML
