# fails: carry-over/whole-element
# message: ends at a slash or at the end
# Without a slash between them, /testpathprices.txt matches too.
kubectl apply -f - <<'YAML'
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: minimal-ingress
  annotations:
    nginx.ingress.kubernetes.io/rewrite-target: /$1
spec:
  ingressClassName: nginx-example
  rules:
    - http:
        paths:
          - path: /testpath/?(.*)
            pathType: ImplementationSpecific
            backend:
              service:
                name: test
                port:
                  number: {{servicePort}}
YAML
