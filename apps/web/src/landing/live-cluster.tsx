export function LiveCluster() {
  return <div className="min-h-96 rounded-lg border border-line bg-raised" />;
}
