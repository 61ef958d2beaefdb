# fails: silent-proxy/fresh-from-far
# message: It has to be new to that node
# The Service is made first: the rules for it are there when kube-proxy goes.
# answer: who-notices = ready
# answer: why-web = rules
kubectl expose deployment web --name=fresh --port=80 --target-port=8080
sleep 2
kubectl -n kube-system patch daemonset kube-proxy -p '{"spec":{"template":{"spec":{"nodeSelector":{"kubernetes.io/hostname":"podwire-control-plane"}}}}}'
kubectl -n kube-system rollout status daemonset/kube-proxy --timeout=60s
