# fails: mend-it/new-runs
# message: not one that the other nodes look for
# Copied from the other node, range and all.
# at: node/podwire-worker
cat > /etc/cni/net.d/10-podwire.conflist <<'JSON'
{
  "cniVersion": "0.4.0",
  "name": "podwire",
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
              "subnet": "10.244.0.0/24"
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
sleep 30
