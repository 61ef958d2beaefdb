# fails: the-agent/agent-runs
# message: It needs that for its work
# The agent loses the host's network, which it needs.
kubectl patch deployment agent -n bank -p '{"spec":{"template":{"spec":{"hostNetwork":false}}}}'
kubectl rollout status -n bank deployment/agent --timeout=60s
