# answer: refused = The connection to the server 172.18.0.2:6443 was refused - did you specify the right host or port?
# answer: service-without = answers
# answer: etcd-gone = timeout
# at: node/podwire-control-plane
mv /etc/kubernetes/manifests/kube-apiserver.yaml /etc/kubernetes/
for i in $(seq 30); do ss -ltn | grep -q :6443 || break; sleep 1; done
# at: toolbox
kubectl get pods
# at: node/podwire-control-plane
mv /etc/kubernetes/kube-apiserver.yaml /etc/kubernetes/manifests/
# at: toolbox
for i in $(seq 60); do kubectl get --raw=/readyz >/dev/null 2>&1 && break; sleep 1; done
# at: node/podwire-control-plane
mv /etc/kubernetes/manifests/etcd.yaml /etc/kubernetes/
for i in $(seq 30); do ss -ltn | grep -q :2379 || break; sleep 1; done
# at: toolbox
kubectl get pods --request-timeout=3s
# at: node/podwire-control-plane
mv /etc/kubernetes/etcd.yaml /etc/kubernetes/manifests/
# at: toolbox
for i in $(seq 60); do kubectl get --raw=/readyz >/dev/null 2>&1 && break; sleep 1; done
