# fails: own-names/db-headless
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
