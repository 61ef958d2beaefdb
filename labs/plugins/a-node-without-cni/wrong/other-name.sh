# fails: mend-it/node-ready
# message: It takes files that end in .conflist
# The right text in a file that the runtime does not look at.
# at: node/podwire-worker
cat > /etc/cni/net.d/10-podwire.conflist.txt <<'JSON'
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
sleep 30
