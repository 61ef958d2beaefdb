# fails: mend-it/new-runs
# message: The pod new doesn't run
# A plugin from an article, which nobody installed here.
# at: node/podwire-worker
cat > /etc/cni/net.d/10-podwire.conflist <<'JSON'
{
  "cniVersion": "0.4.0",
  "name": "podwire",
  "plugins": [
    {
      "type": "calico",
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
