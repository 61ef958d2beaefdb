# fails: mend-the-way/reaches-dave
# message: compare its routes
# The route is added where the packet arrives, not where it leaves.
# at: node/podwire-worker2
ip route add 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink
