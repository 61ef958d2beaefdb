# fails: explain/open-one-right
# A policy is thought to be asked about every packet.
# answer: open-one = cut
