# answer: who-ends = controller
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout shop.key -out shop.crt -subj /O=Shop/CN={{host}} -addext subjectAltName=DNS:{{host}} -days 90
kubectl create secret tls shop-tls --cert=shop.crt --key=shop.key
kubectl patch ingress shop -p '{"spec":{"tls":[{"hosts":["{{host}}"],"secretName":"shop-tls"}]}}'
