# answer: how-it-fails = refused
# answer: why-it-fails = no-endpoints
