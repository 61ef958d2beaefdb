# fails: a-part/written
# message: numbers stand between quotes
# A number where the API wants a text: the file is refused.
cat > next.yaml <<'YAML'
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop-next
  annotations:
    nginx.ingress.kubernetes.io/canary: 'true'
    nginx.ingress.kubernetes.io/canary-weight: 25
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
