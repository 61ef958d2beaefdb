# fails: the-ledger/must-be-there
# message: of the type that never makes one
# The right node, and a type that would hide the wrong one.
kubectl apply -f - <<'YAML'
apiVersion: v1
kind: Pod
metadata:
  name: ledger
  labels:
    app: ledger
spec:
  nodeName: podwire-control-plane
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
