# at: node/podwire-control-plane
ip route add 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink
