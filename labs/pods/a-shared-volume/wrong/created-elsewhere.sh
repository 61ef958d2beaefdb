# fails: the-ledger/old-entry
# message: the node that the pod runs on
# It runs on the other node, and makes itself an empty book there.
kubectl apply -f - <<'YAML'
apiVersion: v1
kind: Pod
metadata:
  name: ledger
  labels:
    app: ledger
spec:
  nodeName: podwire-worker
  volumes:
    - name: books
      hostPath: { path: /srv/ledger, type: DirectoryOrCreate }
  containers:
    - name: web
      image: nginx:1.29
      volumeMounts:
        - { name: books, mountPath: /usr/share/nginx/html, readOnly: true }
    - name: clerk
      image: busybox:1.36
      command: ['sh', '-c', 'echo "entry by clerk" >> /books/index.html; exec sleep infinity']
      volumeMounts:
        - { name: books, mountPath: /books }
YAML
kubectl wait --for=condition=Ready pod/ledger --timeout=60s
