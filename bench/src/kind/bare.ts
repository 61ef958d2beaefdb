import { run } from './docker.ts';

const USABLE_WITHIN_MS = 180_000;
const ASKED_EVERY_MS = 250;

/** A bare cluster of the labs' shape: one control plane, the rest workers, kube-proxy by nftables. */
export function kindYaml(nodes: number): string {
  const workers = '- role: worker\n'.repeat(nodes - 1);
  return `kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
networking: { kubeProxyMode: nftables }
nodes:
- role: control-plane
${workers}`;
}

/** What Podwire waits for, too: every node Ready, and the cluster's DNS serving. */
export async function untilUsable(kubeconfig: string, nodes: number): Promise<void> {
  const deadline = performance.now() + USABLE_WITHIN_MS;
  const ask = (...words: string[]): Promise<string> =>
    run('kubectl', [`--kubeconfig=${kubeconfig}`, ...words]).catch(() => '');
  while (performance.now() < deadline) {
    const list = await ask('get', 'nodes', '--no-headers');
    const ready = list.split('\n').filter((line) => /\sReady\s/u.test(line)).length;
    const dns = await ask(
      ...['get', 'deployment', 'coredns', '-n', 'kube-system', '-o', 'jsonpath={.status.readyReplicas}'],
    );
    if (ready >= nodes && Number(dns) > 0) return;
    await new Promise((resolve) => setTimeout(resolve, ASKED_EVERY_MS));
  }
  throw new Error('the bare cluster did not become usable in three minutes');
}
