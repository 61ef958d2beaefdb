# fails: alias/is-alias
# A Service with an address of its own, and nobody behind it.
kubectl create service clusterip api --tcp=80:8080
