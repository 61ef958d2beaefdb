# fails: mend-it/answers
# message: which pods it lists and at which port
# The selector is right now, but nothing listens on 9367.
kubectl patch service my-service -p '{"spec":{"selector":{"app.kubernetes.io/name":"MyApp"},"ports":[{"port":80,"targetPort":9367}]}}'
