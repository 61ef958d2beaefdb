# fails: own-names/db-headless
# Made in the namespace where the learner stands.
kubectl create service clusterip db --clusterip=None --tcp=8080:8080
