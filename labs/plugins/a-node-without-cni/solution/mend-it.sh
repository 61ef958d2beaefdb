# at: node/podwire-worker
# A real node keeps its addresses in a folder that is called as the network is; the simulated network's name is podwire.
network=$(ls /run/cni-ipam-state 2>/dev/null | head -n 1)
cat > /etc/cni/net.d/10-podwire.conflist <<JSON
{
  "cniVersion": "0.4.0",
  "name": "${network:-podwire}",
  "plugins": [
    {
      "type": "ptp",
      "ipMasq": false,
      "mtu": 1500,
      "ipam": {
        "type": "host-local",
        "dataDir": "/run/cni-ipam-state",
        "ranges": [
          [
            {
              "subnet": "10.244.1.0/24"
            }
          ]
        ],
        "routes": [
          {
            "dst": "0.0.0.0/0"
          }
        ]
      }
    },
    {
      "type": "portmap",
      "capabilities": {
        "portMappings": true
      }
    }
  ]
}
JSON
# at: toolbox
kubectl wait --for=condition=Ready node/podwire-worker --timeout=60s
kubectl wait --for=condition=Ready pod/new --timeout=90s
