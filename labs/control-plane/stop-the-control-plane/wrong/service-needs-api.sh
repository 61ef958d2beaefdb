# fails: no-api/service-right
# The Service is thought to need the API server.
# answer: service-without = silent
