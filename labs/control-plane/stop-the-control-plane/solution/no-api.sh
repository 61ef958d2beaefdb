# answer: refused = The connection to the server 172.18.0.2:6443 was refused - did you specify the right host or port?
# answer: service-without = answers
# answer: etcd-gone = timeout
# at: node/podwire-control-plane
mv /etc/kubernetes/manifests/kube-apiserver.yaml /etc/kubernetes/
sleep 2
# at: toolbox
kubectl get pods
# at: node/podwire-control-plane
mv /etc/kubernetes/kube-apiserver.yaml /etc/kubernetes/manifests/
sleep 3
# at: toolbox
# at: node/podwire-control-plane
mv /etc/kubernetes/manifests/etcd.yaml /etc/kubernetes/
sleep 2
# at: toolbox
kubectl get pods
# at: node/podwire-control-plane
mv /etc/kubernetes/etcd.yaml /etc/kubernetes/manifests/
sleep 3
# at: toolbox
sleep 5
