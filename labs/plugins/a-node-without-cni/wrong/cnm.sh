# fails: read-it/model-right
# As articles still claim.
# answer: which-model = cnm
