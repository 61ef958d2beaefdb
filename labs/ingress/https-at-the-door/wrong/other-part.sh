# fails: a-part/shared-out
# message: The requests are shared out otherwise
# The share of the old edition is given instead of that of the new one.
cat > next.yaml <<'YAML'
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop-next
  annotations:
    nginx.ingress.kubernetes.io/canary: 'true'
    nginx.ingress.kubernetes.io/canary-weight: '75'
    nginx.ingress.kubernetes.io/canary-by-header: X-Next
spec:
  ingressClassName: nginx
  rules:
    - host: {{host}}
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: shop-next
                port: { number: 80 }
YAML
kubectl apply -f next.yaml
