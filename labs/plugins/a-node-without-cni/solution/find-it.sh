# answer: reason = cni plugin not initialized
# answer: why-old = once
# answer: why-host = no-sandbox-network
