# fails: a-part/by-header
# message: by weight, by header, or by both
# The part is right, and the header was forgotten.
cat > next.yaml <<'YAML'
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop-next
  annotations:
    nginx.ingress.kubernetes.io/canary: 'true'
    nginx.ingress.kubernetes.io/canary-weight: '25'
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
