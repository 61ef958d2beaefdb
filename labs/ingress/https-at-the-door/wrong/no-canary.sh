# fails: a-part/shared-out
# message: The requests are shared out otherwise
# Without being marked as a canary it is a second Ingress of the same host and path: the older one wins.
cat > next.yaml <<'YAML'
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop-next
  annotations:
    nginx.ingress.kubernetes.io/canary-weight: '25'
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
