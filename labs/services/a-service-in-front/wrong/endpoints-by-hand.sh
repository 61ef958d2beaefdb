# fails: mend-it/all-pods
# message: One that is written by hand belongs to nobody
# The addresses are written down instead of the selector being mended.
kubectl apply -f - <<YAML
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: my-service-by-hand
  labels: { kubernetes.io/service-name: my-service }
addressType: IPv4
ports: [{ port: 9376, protocol: TCP }]
endpoints:
$(kubectl get pods -l app.kubernetes.io/name=MyApp -o jsonpath='{range .items[*]}- { addresses: [{.status.podIP}], conditions: { ready: true } }{"\n"}{end}')
YAML
