# fails: read-it/model-right
# message: plugins that are programs
# As articles still claim.
# answer: which-model = cnm
