# fails: look-around/pod-ip-right
# message: Leave out what follows the slash
# The address as `ip addr` prints it, with the length of its network.
# answer: pod-ip = $(kubectl get pod notebook -o jsonpath='{.status.podIP}/24')
