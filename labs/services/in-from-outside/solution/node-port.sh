# answer: seen = node
# answer: why = way-back
kubectl patch service web -p '{"spec":{"type":"NodePort","ports":[{"port":80,"nodePort":{{nodePort}}}]}}'
