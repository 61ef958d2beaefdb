# fails: the-ledger/old-entry
# message: the node that the pod runs on
# The pod runs wherever the scheduler likes, and waits there for a directory of another node.
kubectl apply -f - <<'YAML'
apiVersion: v1
kind: Pod
metadata:
  name: ledger
  labels:
    app: ledger
spec:
  restartPolicy: Always
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
      volumeMounts:
        - { name: books, mountPath: /books }
YAML
sleep 20
