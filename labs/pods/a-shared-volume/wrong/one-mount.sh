# fails: the-ledger/new-entry
# message: Both containers have to see the same directory
# Only web mounts the volume: the clerk writes into its own files, and crashes.
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
      hostPath: { path: /srv/ledger, type: Directory }
  containers:
    - name: web
      image: nginx:1.29
      volumeMounts:
        - { name: books, mountPath: /usr/share/nginx/html, readOnly: true }
    - name: clerk
      image: busybox:1.36
      command: ['sh', '-c', 'echo "entry by clerk" >> /books/index.html; exec sleep infinity']

YAML
sleep 20
