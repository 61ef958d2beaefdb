# fails: no-api/service-right
# message: while there is no API server
# The Service is thought to need the API server.
# answer: service-without = silent
