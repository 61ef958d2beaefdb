# fails: between-containers/page
# message: only where they mount the same volume
# Each container has a volume of its own: same kind, not the same directory.
kubectl apply -f - <<'YAML'
apiVersion: v1
kind: Pod
metadata:
  name: site
  labels:
    app: site
spec:
  volumes:
    - { name: pages, emptyDir: {} }
    - { name: out, emptyDir: {} }
  containers:
    - name: web
      image: nginx:1.29
      volumeMounts:
        - { name: pages, mountPath: /usr/share/nginx/html, readOnly: true }
    - name: writer
      image: busybox:1.36
      command: ['sh', '-c', 'echo "written by writer" > /out/index.html; exec sleep infinity']
      volumeMounts:
        - { name: out, mountPath: /out }
YAML
kubectl wait --for=condition=Ready pod/site --timeout=60s
