import { podsOf } from '../topology/topology-model.ts';
import type { TopologyModel } from '../topology/topology-model.ts';

const SYSTEM_NAMESPACE = 'kube-system';

interface Ends {
  /** `10.244.0.3:9376`, `[fd00::3]:53`, or an address alone. */
  readonly from: string;
  readonly to: string;
}

/**
 * Tells what the cluster says to itself (kubelets probing pods, DNS asking the API server) from what the learner
 * sent: without that, a packet of one's own is a needle in a haystack. A connection that a learner dials on a node
 * looks like a probe and is taken for one; it is still there when everything is shown.
 */
export function clusterTalk(model: TopologyModel): (packet: Ends) => boolean {
  const nodes = new Set<string>();
  const system = new Set<string>();
  const pods = new Set<string>();
  for (const room of model.rooms) {
    if (room.address !== undefined) nodes.add(room.address);
    const gateway = /^(\d+\.\d+\.\d+)\.\d+\//.exec(room.podCidr ?? '')?.[1];
    // The bridge of a node has the first address of its pods' range (CNI host-local).
    if (gateway !== undefined) nodes.add(`${gateway}.1`);
  }
  for (const pod of podsOf(model)) {
    if (pod.ip === undefined) continue;
    pods.add(pod.ip);
    if (pod.namespace === SYSTEM_NAMESPACE) system.add(pod.ip);
  }
  for (const door of model.doors)
    if (door.clusterIp !== undefined && door.namespace === 'default' && door.name === 'kubernetes')
      system.add(door.clusterIp);
  return ({ from, to }) => {
    const ends = [hostOf(from), hostOf(to)];
    const ofCluster = (address: string): boolean => nodes.has(address) || system.has(address);
    return (
      ends.every((address) => ofCluster(address) || pods.has(address)) &&
      (ends.every(ofCluster) || ends.some((address) => nodes.has(address)))
    );
  };
}

function hostOf(end: string): string {
  const bracketed = /^\[(.+)\]/.exec(end)?.[1];
  if (bracketed !== undefined) return bracketed;
  return /^([^:]+):\d+$/.exec(end)?.[1] ?? end;
}
