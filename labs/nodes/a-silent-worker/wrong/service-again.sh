# fails: proxy-back/fresh-everywhere
# message: written by a program of that node
# The Service is made anew; nobody on that node hears of it either.
kubectl delete service fresh
kubectl expose deployment web --name=fresh --port=80 --target-port=8080
sleep 2
