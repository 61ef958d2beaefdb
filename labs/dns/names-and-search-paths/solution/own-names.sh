# answer: records = each
# answer: address-name = nothing
kubectl apply -f - <<'YAML'
apiVersion: v1
kind: Service
metadata:
  name: db
  namespace: shop
spec:
  clusterIP: None
  selector:
    app: db
  ports:
    - name: http
      port: 8080
      targetPort: http
YAML
