# answer: elsewhere = own-namespace
# answer: names = dns-blocked
