# fails: own-names/db-headless
# message: the pods get their names only from that one
# The name is right, and leads to one address for both pods.
kubectl apply -f - <<'YAML'
apiVersion: v1
kind: Service
metadata:
  name: db
  namespace: shop
spec:
  selector:
    app: db
  ports:
    - port: 8080
YAML
