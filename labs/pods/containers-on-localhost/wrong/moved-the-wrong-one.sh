# fails: mend-the-clash/web-answers
# message: was to stay where it is
# web moves instead of metrics.
sed -e '0,/8080/s/8080/{{metricsPort}}/' -e "\$s/8080'/8080', '--udp-port=-1'/" pair.yaml > other.yaml
sed -i "s/name: web/name: spare/; s/name: metrics/name: web/; s/name: spare/name: metrics/" other.yaml
sed -i "s/--http-port=8080/--http-port=9091/" other.yaml
kubectl replace --force -f other.yaml
kubectl wait --for=condition=Ready pod/pair --timeout=60s
