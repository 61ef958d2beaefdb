# fails: mend-the-clash/web-answers
# message: was to stay where it is
# web gets a new port as well.
sed -i -e "0,/8080/s/8080/9200/" -e "\$s/8080'/{{metricsPort}}', '--udp-port=-1'/" pair.yaml
kubectl replace --force -f pair.yaml
kubectl wait --for=condition=Ready pod/pair --timeout=60s
