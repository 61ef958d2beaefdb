import type { Node, Pod } from 'kubernetes-types/core/v1';
import type { Kind, ObjectChange } from '../api/client.ts';
import type { Component } from '../component.ts';
import { podCidrsOf } from '../nodes/node-object.ts';
import { enforcePolicies } from '../policy/agent.ts';
import { sameValue } from '../runtime/objects.ts';
import { configFiles } from './conflist.ts';
import { syncMasquerade } from './masquerade.ts';
import { ensureVxlan, syncRoutes, syncVxlanPeers, vtepAnnotations } from './routes.ts';
import type { NodeCniWiring } from './wiring.ts';

export interface Agent {
  readonly component: Component;
  /** Brings policies in line at once; does nothing while the agent is stopped or policies aren't supported (NP31). */
  enforce(): void;
}

const NETWORK_KINDS: readonly Kind[] = ['Node'];
const POLICY_KINDS: readonly Kind[] = ['NetworkPolicy', 'Pod', 'Namespace'];

/** The part of a CNI that runs as a DaemonSet in real clusters: kindnetd, flanneld. */
export function createAgent(wiring: NodeCniWiring): Agent {
  const { network, config, site, state, context } = wiring;
  const policies = config.networkPolicies && config.cni !== 'none';

  function enforce(): void {
    if (!state.running || !policies) return;
    enforcePolicies({
      network,
      netns: site.netns,
      client: context.client,
      sandboxes: () => state.sandboxes.values(),
    });
  }

  function syncNetwork(): void {
    if (config.cni === 'none') return;
    const nodes = context.client.list('Node');
    const own = nodes.find((node) => node.metadata?.name === site.name);
    if (own === undefined) return;
    writeFiles(wiring, podCidrsOf(own));
    if (config.cni === 'vxlan') {
      ensureVxlan(wiring, podCidrsOf(own));
      publishVtep(wiring, own);
      syncVxlanPeers(wiring, nodes);
    } else {
      syncRoutes(wiring, nodes);
    }
    syncMasquerade(wiring, own);
  }

  const component: Component = {
    name: `cni/${site.name}`,
    watches: policies ? [...NETWORK_KINDS, ...POLICY_KINDS] : NETWORK_KINDS,
    resync(): void {
      state.running = true;
      syncNetwork();
      enforce();
    },
    onChanges(changes): void {
      if (changes.some(concernsNetwork)) syncNetwork();
      if (changes.some(concernsPolicies)) enforce();
    },
    onStop(): void {
      state.running = false;
    },
  };
  return { component, enforce };
}

function writeFiles({ config, state, onFilesChanged }: NodeCniWiring, podCidrs: readonly string[]): void {
  const files = configFiles(config, podCidrs);
  if (sameValue([...files], [...state.files])) return;
  state.files.clear();
  for (const [path, text] of files) state.files.set(path, text);
  onFilesChanged?.(state.files);
}

/** flanneld tells the others of its VXLAN device by annotations of its Node. A conflict comes back as a change of the Node. */
function publishVtep(wiring: NodeCniWiring, own: Node): void {
  const wanted = vtepAnnotations(wiring);
  const present = own.metadata?.annotations ?? {};
  if (Object.entries(wanted).every(([key, value]) => present[key] === value)) return;
  wiring.context.client.update('Node', {
    ...own,
    metadata: { ...own.metadata, annotations: { ...present, ...wanted } },
  });
}

function concernsNetwork(change: ObjectChange): boolean {
  if (change.kind !== 'Node') return false;
  if (change.type !== 'MODIFIED' || change.previous === undefined) return true;
  const before = change.previous as Node;
  const after = change.object as Node;
  return !(
    sameValue(before.spec?.podCIDRs, after.spec?.podCIDRs) &&
    sameValue(before.status?.addresses, after.status?.addresses) &&
    sameValue(before.metadata?.annotations, after.metadata?.annotations)
  );
}

/** Most changes of a Pod are about its containers' state, which no policy looks at. */
function concernsPolicies(change: ObjectChange): boolean {
  if (change.kind === 'Node') return false;
  if (change.kind !== 'Pod' || change.type !== 'MODIFIED' || change.previous === undefined) return true;
  const before = change.previous as Pod;
  const after = change.object as Pod;
  return !(
    sameValue(before.metadata?.labels, after.metadata?.labels) &&
    sameValue(before.status?.podIPs, after.status?.podIPs) &&
    before.status?.podIP === after.status?.podIP &&
    before.status?.phase === after.status?.phase
  );
}
