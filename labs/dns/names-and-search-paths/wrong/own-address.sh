# fails: alias/is-alias
# message: neither pods nor an address of its own
# A Service with an address of its own, and nobody behind it.
kubectl create service clusterip api --tcp=80:8080
