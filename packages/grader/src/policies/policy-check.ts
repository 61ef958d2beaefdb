import type { Check } from '@podwire/lab';
import type { GradingCluster } from '../cluster.ts';
import { readManifestFiles } from '../manifests.ts';
import { valueAt } from '../match.ts';
import { readObjects } from '../objects.ts';
import type { KubernetesObject } from '../objects.ts';
import { failed, passed } from '../outcome.ts';
import type { CheckOutcome } from '../outcome.ts';
import { comparePolicies } from './compare.ts';

/** Whether the learner's policies mean what the reference means, on the pods of the cluster. */
export async function checkPolicies(
  check: Extract<Check, { kind: 'policies-equal' }>,
  cluster: GradingCluster,
): Promise<CheckOutcome> {
  const { reference, namespaces } = check.policies;
  const read = readManifestFiles([{ path: 'the reference', text: reference }]);
  if (!read.ok) throw new Error(read.message);
  const among = (policy: KubernetesObject): boolean => {
    const namespace = valueAt(policy, 'metadata.namespace') ?? 'default';
    return namespaces === undefined || namespaces.some((each) => each === namespace);
  };
  const [policies, pods, spaces] = await Promise.all([
    everywhere(cluster, '/apis/networking.k8s.io/v1/networkpolicies'),
    everywhere(cluster, '/api/v1/pods'),
    everywhere(cluster, '/api/v1/namespaces'),
  ]);
  const nodes = await readObjects(cluster, { apiVersion: 'v1', kind: 'Node' });
  const scene = { pods, namespaces: spaces, nodes: nodes.kind === 'found' ? nodes.objects : [] };
  const own = policies.filter(among);
  const others = policies.filter((policy) => !among(policy));
  const difference = comparePolicies(scene, [...own, ...others], [...read.objects, ...others]);
  const expected = 'policies that let through what they should, and nothing else';
  if (difference === undefined) return passed({});
  const { source, destination, protocol, port, allowed, because } = difference;
  const what = `${source} to ${destination}, ${protocol === 'ICMP' ? 'ping' : `${protocol} ${port ?? ''}`}`;
  return allowed
    ? failed(`${expected}: not ${what}`, 'your policies allow it', because, {})
    : failed(`${expected}: ${what}`, 'your policies do not allow it', because, {});
}

/** Objects of a kind in all namespaces, read to the end. */
async function everywhere(cluster: GradingCluster, path: string): Promise<readonly KubernetesObject[]> {
  const { status, body } = await cluster.request('GET', path);
  if (status === 404) return [];
  const items = status === 200 ? valueAt(body, 'items') : undefined;
  if (!Array.isArray(items)) throw new Error(`the cluster's API answered ${status}`);
  return items as readonly KubernetesObject[];
}
