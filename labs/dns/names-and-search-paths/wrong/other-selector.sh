# fails: own-names/db-headless
# message: the pods get their names only from that one
# Headless, and nobody behind it.
kubectl apply -f - <<'YAML'
apiVersion: v1
kind: Service
metadata:
  name: db
  namespace: shop
spec:
  clusterIP: None
  selector:
    app: database
  ports:
    - port: 8080
YAML
