# fails: let-a-node-in/no-one-else
# message: everyone whose address lies in it
# The range of the pods on that node, beside the node's own.
NODE=$(kubectl get node podwire-control-plane -o jsonpath='{.status.addresses[?(@.type=="InternalIP")].address}')
PODS=$(kubectl get node podwire-control-plane -o jsonpath='{.spec.podCIDR}')
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
        - ipBlock: { cidr: $PODS }
      ports:
        - { protocol: TCP, port: 8080 }
YAML
