# at: node/podwire-worker
systemctl start kubelet
# at: toolbox
sleep 20
