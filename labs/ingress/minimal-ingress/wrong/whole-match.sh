# fails: carry-over/prices
# message: which of them the pod is asked for
# The target repeats the whole path, which the pod has no page for; and the prefix was never a group.
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
          - path: /testpath(/|$)(.*)
            pathType: ImplementationSpecific
            backend:
              service:
                name: test
                port:
                  number: {{servicePort}}
YAML
