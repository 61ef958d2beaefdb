# fails: certificate/shown
# message: not your certificate for this name
# The Secret is there, and no Ingress names it.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout shop.key -out shop.crt -subj /O=Shop/CN={{host}} -addext subjectAltName=DNS:{{host}} -days 90
kubectl create secret tls shop-tls --cert=shop.crt --key=shop.key
