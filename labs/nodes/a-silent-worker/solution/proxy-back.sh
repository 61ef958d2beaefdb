kubectl -n kube-system patch daemonset kube-proxy -p '{"spec":{"template":{"spec":{"nodeSelector":{"kubernetes.io/hostname":null}}}}}'
kubectl -n kube-system rollout status daemonset/kube-proxy --timeout=60s
sleep 2
