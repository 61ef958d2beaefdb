# answer: default = not-isolated
