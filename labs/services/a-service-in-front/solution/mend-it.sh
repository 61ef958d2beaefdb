kubectl patch service my-service -p '{"spec":{"selector":{"app.kubernetes.io/name":"MyApp"}}}'
