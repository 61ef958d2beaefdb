# fails: let-a-node-in/no-other-port
# message: opens them all
# The ports are left out.
NODE=$(kubectl get node podwire-control-plane -o jsonpath='{.status.addresses[?(@.type=="InternalIP")].address}')
kubectl apply -f - <<YAML
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
        - ipBlock: { cidr: $NODE/32 }
YAML
