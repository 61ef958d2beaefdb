# fails: own-names/db-headless
# message: the pods get their names only from that one
# A headless Service, but not the one that the StatefulSet names.
kubectl apply -f - <<'YAML'
apiVersion: v1
kind: Service
metadata:
  name: db-headless
  namespace: shop
spec:
  clusterIP: None
  selector:
    app: db
  ports:
    - port: 8080
YAML
