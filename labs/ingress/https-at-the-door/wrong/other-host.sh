# fails: certificate/shown
# message: the names in it with the host
# The certificate is for www, and a certificate counts for the names in it alone.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout shop.key -out shop.crt -subj /O=Shop/CN=www.{{host}} -addext subjectAltName=DNS:www.{{host}} -days 90
kubectl create secret tls shop-tls --cert=shop.crt --key=shop.key
kubectl patch ingress shop -p '{"spec":{"tls":[{"hosts":["{{host}}"],"secretName":"shop-tls"}]}}'
