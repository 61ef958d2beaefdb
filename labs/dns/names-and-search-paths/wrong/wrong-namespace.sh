# fails: own-names/db-headless
# message: the pods get their names only from that one
# Made in the namespace where the learner stands.
kubectl create service clusterip db --clusterip=None --tcp=8080:8080
