# fails: mend-the-way/through-the-tunnel
# message: by another interface than the tunnel's
# It works here, since both nodes are on one wire; behind a router it would not.
# at: node/podwire-control-plane
ip route add 10.244.2.0/24 via 172.18.0.4
