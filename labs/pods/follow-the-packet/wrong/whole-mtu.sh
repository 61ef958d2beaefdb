# fails: across/largest-right
# message: together make the MTU
# The headers are forgotten.
# answer: largest = 1450
