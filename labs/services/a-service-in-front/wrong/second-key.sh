# fails: mend-it/answers
# message: which pods it lists and at which port
# A second key is added beside the wrong one: both have to match, so still nothing does.
kubectl patch service my-service -p '{"spec":{"selector":{"app":"MyApp"}}}'
