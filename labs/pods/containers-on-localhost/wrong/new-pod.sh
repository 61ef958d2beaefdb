# fails: restart/restarted
# message: in the pod that was there from the start
# The pod is replaced: no container of this one ever restarted.
kubectl get pod notebook -o yaml > notebook.yaml
kubectl replace --force -f notebook.yaml
kubectl wait --for=condition=Ready pod/notebook --timeout=60s
