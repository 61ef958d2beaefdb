# fails: mend-the-clash/both-run
# message: Both containers have to be ready
# The TCP port is mended; both still want UDP 8081.
sed -i '$s/8080/{{metricsPort}}/' pair.yaml
kubectl replace --force -f pair.yaml
sleep 30
