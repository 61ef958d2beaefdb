import type { Names } from '../apply/names.ts';
import { HOST_PORT, refOf, WATCH_NAMESPACE } from '../world/world.ts';
import type { World, WorldPod } from '../world/world.ts';

/** One connection that is tried from inside a pod. */
export interface Probe {
  /** The same on both clusters: who asks whom for what. */
  readonly key: string;
  readonly from: WorldPod;
  readonly protocol: 'tcp' | 'udp';
  /** An address or a name; words stand for what each cluster calls it. */
  readonly host: string;
  readonly port: string;
  /** Which endpoint answers is drawn each time: asked more than once. */
  readonly drawn: boolean;
  /** Whoever answered first is to answer always (SVC17). Who it is was drawn. */
  readonly sticky: boolean;
}

type Target = Omit<Probe, 'key' | 'from'> & { readonly name: string };

/** A port of every pod on which nothing listens. */
const CLOSED_PORT = 82;

/** Every pair of pods, every Service by address and by name, every node port on both nodes. */
export function probesOf(world: World): readonly Probe[] {
  const sources = world.pods.filter(
    (pod) => pod.namespace !== WATCH_NAMESPACE || pod.hostNetwork || pod.name === 'canary1',
  );
  const targets = [
    ...world.pods.flatMap((pod) => podTargets(pod)),
    ...world.services.flatMap((service) => serviceTargets(world, service)),
  ];
  return sources.flatMap((from) =>
    targets.map(({ name, ...target }): Probe => ({ ...target, from, key: `${refOf(from)} → ${name}` })),
  );
}

function podTargets(pod: WorldPod): readonly Target[] {
  if (pod.namespace === WATCH_NAMESPACE && !pod.hostNetwork) return [];
  const ref = refOf(pod);
  const host = pod.hostNetwork ? `\${node:${pod.node}}` : `\${ip:${ref}}`;
  const at = (port: number, protocol: 'tcp' | 'udp'): Target => ({
    name: `${ref}:${port}/${protocol}`,
    protocol,
    host,
    port: String(port),
    drawn: false,
    sticky: false,
  });
  const ports = pod.servers.flatMap(({ port }) => [at(port, 'tcp'), at(port, 'udp')]);
  return pod.hostNetwork ? ports : [...ports, at(CLOSED_PORT, 'tcp')];
}

function serviceTargets(world: World, service: World['services'][number]): readonly Target[] {
  const { spec } = service;
  const ref = refOf(service);
  const ports = spec.ports ?? [];
  const headless = spec.clusterIP === 'None';
  const external = spec.type === 'ExternalName';
  const sticky = spec.sessionAffinity === 'ClientIP';
  const byHand = world.slices.some(
    (slice) => slice.namespace === service.namespace && slice.service === service.name,
  );
  const selected = world.pods.filter(
    (pod) =>
      spec.selector !== undefined &&
      pod.namespace === service.namespace &&
      Object.entries(spec.selector).every(([key, value]) => pod.labels[key] === value),
  );
  const drawn = byHand || selected.length > 1;
  return ports.flatMap((port, index): readonly Target[] => {
    const protocol = port.protocol === 'UDP' ? 'udp' : 'tcp';
    const target = (name: string, host: string, number: string): Target => ({
      name: `${name}/${protocol}`,
      protocol,
      host,
      port: number,
      drawn,
      sticky: sticky && drawn,
    });
    const byName = target(
      `name ${service.name}.${service.namespace}:${port.port}`,
      `${service.name}.${service.namespace}`,
      String(port.port),
    );
    if (headless || external) return index === 0 ? [byName] : [];
    const nodePorts =
      spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
    return [
      target(`service ${ref}:${port.port}`, `\${service:${ref}}`, String(port.port)),
      ...(index === 0 ? [byName] : []),
      ...(nodePorts
        ? [0, 1].map((node) =>
            target(`nodeport ${ref}:${index} on node${node}`, `\${node:${node}}`, `\${nodeport:${ref}:${index}}`),
          )
        : []),
    ];
  });
}

/** Where a probe runs: the first container of its pod. */
export function firstPort(pod: WorldPod): number {
  return pod.servers[0]?.port ?? HOST_PORT;
}

export interface ProbingStyle {
  readonly patienceSeconds: number;
  /** Tries of a probe whose endpoint is drawn. */
  readonly draws: number;
}

/** At a time: a container starts so many clients at once without being slowed by its own crowd. */
const AT_ONCE = 40;

/** A shell script that tries every probe of one source and prints a line for each try. */
export function scriptOf(probes: readonly Probe[], names: Names, style: ProbingStyle): string {
  const tries = probes.flatMap((probe, index) =>
    Array.from({ length: probe.drawn ? style.draws : 1 }, () => ({ probe, index })),
  );
  const lines = tries.flatMap(({ probe, index }, position) => [
    `${probe.protocol} ${index} ${names.fill(probe.host)} ${names.fill(probe.port)} &`,
    ...(position % AT_ONCE === AT_ONCE - 1 ? ['wait'] : []),
  ]);
  const patience = style.patienceSeconds;
  return [
    // Both pages over one connection: who answers, and as whom they see the client.
    `tcp() { o=$(curl -s -m ${patience} -w ' ' http://$2:$3/hostname http://$2:$3/clientip); echo "$1|$?|$o"; }`,
    `udp() { o=$(echo hostname | nc -u -w ${Math.ceil(patience)} $2 $3); c=$?; [ -z "$o" ] || s=$(echo clientip | nc -u -w ${Math.ceil(patience)} $2 $3); echo "$1|$c|$o $s"; }`,
    ...lines,
    'wait',
  ].join('\n');
}

/** What each probe of the script found, in words that both clusters share. */
export function readProbes(
  probes: readonly Probe[],
  names: Names,
  output: string,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>(probes.map(({ key }) => [key, []]));
  for (const line of output.split('\n')) {
    const match = /^(\d+)\|(\d+)\|(.*)$/.exec(line);
    const probe = match === null ? undefined : probes[Number(match[1])];
    if (match === null || probe === undefined) continue;
    const [who = '', source = ''] = (match[3] ?? '').trim().split(/\s+/);
    found.get(probe.key)?.push(outcome(probe, names, Number(match[2]), who, source));
  }
  return new Map(
    [...found].map(([key, outcomes]) => {
      const sticky = probes.find((probe) => probe.key === key)?.sticky === true;
      const different = new Set(outcomes);
      return [key, sticky ? [different.size === 1 ? 'always the same' : 'not always the same'] : outcomes];
    }),
  );
}

/** curl(1), "EXIT CODES". */
const CURL_OUTCOMES: Readonly<Record<number, string>> = {
  6: 'no such name',
  7: 'refused',
  28: 'timed out',
  52: 'empty answer',
  56: 'reset',
};

function outcome(probe: Probe, names: Names, code: number, who: string, source: string): string {
  if (who !== '')
    return `open: ${names.plain(who)} sees ${names.plain(source.replace(/:\d+$/, '').replace(/^\[?::ffff:([\d.]+)\]?$/, '$1'))}`;
  if (probe.protocol === 'udp') return 'no answer';
  return CURL_OUTCOMES[code] ?? `curl: ${code}`;
}
