# fails: silent-proxy/proxy-gone
# message: Whoever made it makes it again
# The pod is deleted, and the DaemonSet makes another.
# answer: who-notices = ready
# answer: why-web = rules
kubectl -n kube-system delete pod -l k8s-app=kube-proxy --field-selector=spec.nodeName=podwire-worker
sleep 5
kubectl expose deployment web --name=fresh --port=80 --target-port=8080
sleep 2
