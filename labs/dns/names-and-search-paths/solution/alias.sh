kubectl apply -f - <<'YAML'
apiVersion: v1
kind: Service
metadata:
  name: api
  namespace: default
spec:
  type: ExternalName
  externalName: api.shop.svc.cluster.local
YAML
