# answer: elsewhere = own-namespace
# answer: names = dns-blocked
# answer: open-one = lives
