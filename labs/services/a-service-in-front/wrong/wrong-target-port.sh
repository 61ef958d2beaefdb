# fails: mend-it/answers
# The selector is right now, but nothing listens on 9367.
kubectl patch service my-service -p '{"spec":{"selector":{"app.kubernetes.io/name":"MyApp"},"ports":[{"port":80,"targetPort":9367}]}}'
