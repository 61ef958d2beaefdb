import type { GradingCluster } from './cluster.ts';
import { isMap, valueAt } from './match.ts';
import { readObjects } from './objects.ts';
import type { KubernetesObject } from './objects.ts';

/** Pod, ReplicaSet, Deployment: chains are this short; one that is longer goes in circles. */
const MAX_LINKS = 5;

/** Whether an object belongs to such an owner, at first hand or through owners of its owners. */
export async function ownsChain(
  object: KubernetesObject,
  wanted: { readonly kind: string; readonly name?: string },
  cluster: GradingCluster,
): Promise<boolean> {
  let level: readonly KubernetesObject[] = [object];
  for (let link = 0; link < MAX_LINKS && level.length > 0; link++) {
    const next: KubernetesObject[] = [];
    for (const each of level) {
      const namespace = valueAt(each, 'metadata.namespace');
      const owners = valueAt(each, 'metadata.ownerReferences');
      for (const owner of Array.isArray(owners) ? owners.filter(isMap) : []) {
        const { apiVersion, kind, name, uid } = owner;
        if (typeof apiVersion !== 'string' || typeof kind !== 'string' || typeof name !== 'string') continue;
        const found = await readObjects(cluster, {
          apiVersion,
          kind,
          name,
          ...(typeof namespace === 'string' ? { namespace } : {}),
        });
        // A reference that anyone may write counts only when the owner is there, and is the one that is meant.
        const real = found.kind === 'found' ? found.objects[0] : undefined;
        if (real === undefined || valueAt(real, 'metadata.uid') !== uid) continue;
        if (kind === wanted.kind && (wanted.name === undefined || name === wanted.name)) return true;
        next.push(real);
      }
    }
    level = next;
  }
  return false;
}
