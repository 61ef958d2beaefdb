# fails: mend-it/node-ready
# message: a configuration that it can read
# A comma too many: the file cannot be read.
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
    },
  ]
}
JSON
# at: toolbox
sleep 30
