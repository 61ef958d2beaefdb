import type { Deployment } from 'kubernetes-types/apps/v1';
import type { ConfigMap, Pod } from 'kubernetes-types/core/v1';
import type { Bench } from '../bench/bench.ts';
import { ask } from './collections.ts';

const COREFILE = '/api/v1/namespaces/kube-system/configmaps/coredns';
const DNS_PODS = '/api/v1/namespaces/kube-system/pods';
const DNS_DEPLOYMENT = '/apis/apps/v1/namespaces/kube-system/deployments/coredns';
/** A policy may let a pod reach one node's range of pods and not the other's: DNS is on the same node in both clusters. */
const DNS_NODE = { 'node-role.kubernetes.io/control-plane': '' };
const DNS_SELECTOR = { labelSelector: 'k8s-app=kube-dns' };
/** What lies beyond the cluster is not judged, and two clusters have different worlds around them. */
const FORWARD = /^\s*forward \. [^{\n]*(?:\{[^}]*\})?\n/m;

/** Answers about addresses are cached for half a minute: those of the world before. */
const CACHE = /^\s*cache [^{\n]*(?:\{[^}]*\})?\n/m;

/** Once for each cluster: names outside it are asked of nobody, and no answer outlives its world. */
export async function prepare(bench: Bench): Promise<void> {
  const config = (await ask(bench, { method: 'GET', path: COREFILE })) as ConfigMap;
  const corefile = config.data?.['Corefile'] ?? '';
  const wanted = corefile.replace(FORWARD, '').replace(CACHE, '');
  const deployment = (await ask(bench, { method: 'GET', path: DNS_DEPLOYMENT })) as Deployment;
  const placed =
    deployment.spec?.template.spec?.nodeSelector?.['node-role.kubernetes.io/control-plane'] !== undefined;
  if (wanted === corefile && placed) return;
  await ask(bench, {
    method: 'PATCH',
    path: COREFILE,
    contentType: 'application/merge-patch+json',
    body: { data: { Corefile: wanted } },
  });
  // New pods read the new file at once; old ones would after a minute or two.
  const before = await dnsPods(bench);
  const replicas = deployment.spec?.replicas ?? before.length;
  await ask(bench, {
    method: 'PATCH',
    path: DNS_DEPLOYMENT,
    contentType: 'application/merge-patch+json',
    body: { spec: { template: { spec: { nodeSelector: DNS_NODE } } } },
  });
  for (const { metadata } of before)
    await ask(bench, { method: 'DELETE', path: `${DNS_PODS}/${metadata?.name ?? ''}` }, [404]);
  await bench.until('CoreDNS with its new configuration', async () => {
    const now = await dnsPods(bench);
    return (
      now.length === replicas &&
      now.every(
        ({ metadata, status }) =>
          !before.some((old) => old.metadata?.uid === metadata?.uid) &&
          status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True',
      )
    );
  });
}

async function dnsPods(bench: Bench): Promise<readonly Pod[]> {
  const list = await ask(bench, { method: 'GET', path: DNS_PODS, query: DNS_SELECTOR });
  return (list as { readonly items: readonly Pod[] }).items;
}
