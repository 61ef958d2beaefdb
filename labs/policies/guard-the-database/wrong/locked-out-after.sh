# fails: explain/lives-on
# message: It has to be let in to begin with
# The policy is tidied up once it has been graded, and the frontend's label goes with it.
# answer: elsewhere = own-namespace
# answer: names = dns-blocked
kubectl label pod frontend role-
