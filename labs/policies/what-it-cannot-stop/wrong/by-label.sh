# fails: let-a-node-in/backup-in
# message: only an address
# By its label: a pod on the host's network is no pod to a policy.
kubectl apply -f - <<'YAML'
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: backup
  namespace: bank
spec:
  podSelector:
    matchLabels: { app: vault }
  policyTypes: [Ingress]
  ingress:
    - from:
        - podSelector: { matchLabels: { app: agent } }
      ports:
        - { protocol: TCP, port: 8080 }
YAML
