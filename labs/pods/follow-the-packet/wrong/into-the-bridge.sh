# fails: mend-the-way/reaches-dave
# message: compare its routes
# Dave's range is looked for on the node's own switch.
# at: node/podwire-control-plane
ip route add 10.244.2.0/24 dev cni0
