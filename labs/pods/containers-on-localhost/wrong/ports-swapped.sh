# fails: mend-the-clash/says-so
# message: their logs can
# web moves instead of metrics: from outside, both ports answer as they should.
sed -i "0,/8080'/s/8080'/{{metricsPort}}', '--udp-port=-1'/" pair.yaml
kubectl replace --force -f pair.yaml
kubectl wait --for=condition=Ready pod/pair --timeout=60s
