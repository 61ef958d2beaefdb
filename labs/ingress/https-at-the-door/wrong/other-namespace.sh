# fails: certificate/secret-there
# message: in the namespace of the Ingress
# The Secret is put where the controller runs; an Ingress reads those of its own namespace.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout shop.key -out shop.crt -subj /O=Shop/CN={{host}} -addext subjectAltName=DNS:{{host}} -days 90
kubectl create secret tls shop-tls -n ingress-nginx --cert=shop.crt --key=shop.key
kubectl patch ingress shop -p '{"spec":{"tls":[{"hosts":["{{host}}"],"secretName":"shop-tls"}]}}'
