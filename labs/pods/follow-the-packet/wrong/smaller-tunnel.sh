# fails: mend-the-way/whole-packets
# message: large ones don't
# The MTU was lowered while looking for the fault, and stays so.
# at: node/podwire-control-plane
ip link set flannel.1 mtu 1400
ip route add 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink
