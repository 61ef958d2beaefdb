import type { Difference } from './compare.ts';
import type { World } from './world/world.ts';

export interface KnownChoice {
  readonly id: string;
  readonly reason: string;
  readonly covers: (difference: Difference, world: World) => boolean;
}

/** Where Kubernetes leaves it open and the real cluster's plugin chose otherwise than ours. Short, and each with its reason. */
export const KNOWN_CHOICES: readonly KnownChoice[] = [
  {
    id: 'drop-before-reject',
    reason:
      'A pod whose egress is isolated asks a Service without endpoints: its plugin drops the packet before kube-proxy rejects it, since both hook into forwarding at the same priority. Ours lets kube-proxy come first.',
    covers: ({ key, expected, found }, world) => {
      const source = /^reach \| (\S+) → (?:service|nodeport|name) /.exec(key)?.[1];
      return (
        source !== undefined &&
        isEgressIsolated(world, source) &&
        expected?.join() === 'timed out' &&
        found?.join() === 'refused'
      );
    },
  },
  {
    id: 'own-node',
    reason:
      'A pod whose egress is isolated asks its own node: its plugin judges that as any other packet. Ours lets it pass, as the documentation says of every policy (NP24).',
    covers: ({ key, expected, found }, world) => {
      const [, source, node] = /^reach \| (\S+) → watch\/host([01]):/.exec(key) ?? [];
      return (
        source !== undefined &&
        isEgressIsolated(world, source) &&
        world.pods.some((pod) => `${pod.namespace}/${pod.name}` === source && `${pod.node}` === node) &&
        expected?.join() === 'timed out' &&
        found?.some((answer) => answer.startsWith('open')) === true
      );
    },
  },
  {
    id: 'impatient-resolver',
    reason:
      'A pod whose egress to DNS is dropped asks for a name: how long its C library tries before it gives up is no rule of Kubernetes.',
    covers: ({ key, expected, found }, world) => {
      const source = /^reach \| (\S+) → name /.exec(key)?.[1];
      return (
        source !== undefined &&
        isEgressIsolated(world, source) &&
        [...(expected ?? []), ...(found ?? [])].every((answer) => SILENT.includes(answer))
      );
    },
  },
  {
    id: 'named-port-of-a-block',
    reason:
      'A rule of egress names a port and its peer is an ipBlock: its plugin knows the numbers of pods that are peers by selector alone, and lets nothing through. Ours takes the receiving pod’s number for it wherever the pod’s address is in the block (NP17).',
    covers: ({ key, expected, found }, world) => {
      const source = /^reach \| (\S+) → /.exec(key)?.[1];
      return (
        source !== undefined &&
        expected?.join() === 'timed out' &&
        found?.some((answer) => answer.startsWith('open')) === true &&
        world.policies.some(({ namespace, spec }) =>
          (spec.egress ?? []).some(
            ({ to = [], ports = [] }) =>
              source.startsWith(`${namespace}/`) &&
              to.some(({ ipBlock }) => ipBlock !== undefined) &&
              ports.some(({ port }) => typeof port === 'string'),
          ),
        )
      );
    },
  },
  {
    id: 'resolver-order',
    reason:
      'A name stands for several pods: glibc, on which agnhost stands in its image store, tries addresses of the client’s own subnet first (RFC 6724, rule 9). musl, on which the published image stands, keeps the order of the DNS answer; so does ours.',
    covers: ({ key, expected, found }) =>
      /^reach \| \S+ → name /.test(key) &&
      expected !== undefined &&
      found !== undefined &&
      expected.every((answer) => found.includes(answer)),
  },
  {
    id: 'trigger-time',
    reason:
      'Whether an EndpointSlice says when its last change came about depends on which events the controller saw together.',
    covers: ({ key, expected, found }) => {
      const rest = (lines: readonly string[] | undefined): string | undefined =>
        lines?.filter((line) => !line.includes('last-change-trigger-time')).join('\n');
      return /^object \| endpoint(s|slices) /.test(key) && rest(expected) === rest(found);
    },
  },
  {
    id: 'repaired-address',
    reason:
      'The real API server checks now and then which addresses are given out, and tells of one that it looked at too early in an Event. Ours has no such race.',
    covers: ({ key, expected, found }) => {
      const rest = (lines: readonly string[] | undefined): string | undefined =>
        lines?.filter((line) => !/^Events:|^ {2}(Type|----|Warning) .*|NotAllocated/.test(line)).join('\n');
      return (
        key.startsWith('kubectl | describe services') &&
        expected?.some((line) => line.includes('ipallocator-repair-controller')) === true &&
        rest(expected) === rest(found)
      );
    },
  },
];

const SILENT: readonly string[] = ['timed out', 'no such name'];

/** Whether any policy isolates this pod's egress: selectors are not evaluated, so any of its namespace counts. */
function isEgressIsolated({ policies }: World, ref: string): boolean {
  return policies.some(
    ({ namespace, spec }) =>
      ref.startsWith(`${namespace}/`) && (spec.policyTypes?.includes('Egress') ?? spec.egress !== undefined),
  );
}

export function unexplained(differences: readonly Difference[], world: World): readonly Difference[] {
  return differences.filter((difference) => !KNOWN_CHOICES.some(({ covers }) => covers(difference, world)));
}
