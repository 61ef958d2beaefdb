# answer: who-notices = ready
# answer: why-web = rules
kubectl -n kube-system patch daemonset kube-proxy -p '{"spec":{"template":{"spec":{"nodeSelector":{"kubernetes.io/hostname":"podwire-control-plane"}}}}}'
kubectl -n kube-system rollout status daemonset/kube-proxy --timeout=60s
kubectl -n kube-system wait --for=delete pod -l k8s-app=kube-proxy --field-selector=spec.nodeName=podwire-worker --timeout=60s
kubectl expose deployment web --name=fresh --port=80 --target-port=8080
sleep 2
