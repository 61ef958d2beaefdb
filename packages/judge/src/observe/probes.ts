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
      spec.type === 'NodePort' ||
      (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
    return [
      target(`service ${ref}:${port.port}`, `\${service:${ref}}`, String(port.port)),
      ...(index === 0 ? [byName] : []),
      ...(nodePorts
        ? [0, 1].map((node) =>
            target(
              `nodeport ${ref}:${index} on node${node}`,
              `\${node:${node}}`,
              `\${nodeport:${ref}:${index}}`,
            ),
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

/** Connections of one source at a time. */
const AT_ONCE = 60;

/**
 * A shell script that tries every probe of one source, and prints what it found. One curl does all of TCP,
 * first asking who answers, then those who answered as whom they see the client. Where curl knows
 * no --parallel, a process for each.
 */
export function scriptOf(
  probes: readonly Probe[],
  names: Names,
  style: ProbingStyle,
  parallel: boolean,
): string {
  const tries = probes.flatMap((probe, index) =>
    Array.from({ length: probe.drawn ? style.draws : 1 }, (_, draw) => ({ probe, id: `${index}.${draw}` })),
  );
  const patience = style.patienceSeconds;
  const place = ({ host, port }: Probe, between: string): string =>
    `${names.fill(host)}${between}${names.fill(port)}`;
  const tcp = tries.filter(({ probe }) => probe.protocol === 'tcp');
  const udp = tries.filter(({ probe }) => probe.protocol === 'udp');
  const udpLines = [
    `udp() { o=$(echo hostname | nc -u -w ${Math.ceil(patience)} $2 $3); [ -z "$o" ] || s=$(echo clientip | nc -u -w ${Math.ceil(patience)} $2 $3); echo "$1|0|$o|$s"; }`,
    ...udp.flatMap(({ probe, id }, position) => [
      `udp ${id} ${place(probe, ' ')} &`,
      ...(position % AT_ONCE === AT_ONCE - 1 ? ['wait'] : []),
    ]),
  ];
  if (!parallel)
    return [
      `tcp() { o=$(curl -s -m ${patience} http://$2/hostname); c=$?; [ $c != 0 ] || s=$(curl -s -m ${patience} http://$2/clientip); echo "$1|$c|$o|$s"; }`,
      ...udpLines,
      ...tcp.flatMap(({ probe, id }, position) => [
        `tcp ${id} ${place(probe, ':')} &`,
        ...(position % AT_ONCE === AT_ONCE - 1 ? ['wait'] : []),
      ]),
      'wait',
    ].join('\n');
  const folder = '/tmp/judge-answers';
  const curl = `curl -s -Z --parallel-immediate --parallel-max ${AT_ONCE} -m ${patience}`;
  return [
    `rm -rf ${folder}; mkdir ${folder}; cd ${folder}`,
    ...udpLines,
    // In each file: the code at which its transfer ended, who answered, as whom the client was seen.
    `at='${tcp.map(({ probe, id }) => `${id}=${place(probe, ':')}`).join(' ')}'`,
    'set --; for t in $at; do set -- "$@" -o "w.${t%%=*}" "http://${t#*=}/hostname"; done',
    `[ $# = 0 ] || ${curl} -w '%{filename_effective}|%{exitcode}\\n' "$@"`,
    'set --; for t in $at; do [ ! -s "w.${t%%=*}" ] || set -- "$@" -o "s.${t%%=*}" "http://${t#*=}/clientip"; done',
    `[ $# = 0 ] || ${curl} "$@"`,
    'for f in w.* s.*; do [ ! -f "$f" ] || { read -r o < "$f"; echo "$f=$o"; }; done',
    'wait',
  ].join('\n');
}

interface Try {
  code: number;
  who: string;
  source: string;
}

/** What each probe of the script found, in words that both clusters share. */
export function readProbes(
  probes: readonly Probe[],
  names: Names,
  output: string,
): ReadonlyMap<string, readonly string[]> {
  const tries = new Map<string, Try>();
  const tried = (id: string): Try => {
    const known = tries.get(id) ?? { code: 0, who: '', source: '' };
    tries.set(id, known);
    return known;
  };
  for (const line of output.split('\n')) {
    const whole = /^(\d+\.\d+)\|(\d+)\|([^|]*)(?:\|([^|]*))?/.exec(line);
    const ended = /^w\.(\d+\.\d+)\|(\d+)$/.exec(line);
    const file = /^([ws])\.(\d+\.\d+)=(.*)$/.exec(line);
    if (whole !== null)
      Object.assign(tried(whole[1] ?? ''), { code: Number(whole[2]), who: whole[3], source: whole[4] ?? '' });
    else if (ended !== null) tried(ended[1] ?? '').code = Number(ended[2]);
    else if (file !== null) tried(file[2] ?? '')[file[1] === 'w' ? 'who' : 'source'] = file[3] ?? '';
  }
  const found = new Map<string, string[][]>(probes.map(({ key }) => [key, []]));
  for (const [id, each] of tries) {
    const probe = probes[Number(id.split('.')[0])];
    if (probe !== undefined) found.get(probe.key)?.push(outcome(probe, names, each));
  }
  const sticky = new Map(probes.map((probe) => [probe.key, probe.sticky]));
  return new Map(
    [...found].map(([key, outcomes]) => {
      const different = new Set(outcomes.map((each) => each[0]));
      if (sticky.get(key) === true && outcomes.length > 1)
        return [key, [different.size === 1 ? 'always the same' : 'not always the same']];
      return [key, outcomes.flat()];
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

function outcome(probe: Probe, names: Names, { code, who, source }: Try): string[] {
  if (who !== '') {
    const address = source
      .trim()
      .replace(/:\d+$/, '')
      .replace(/^\[?(?:::ffff:)?([^\]]*)\]?$/, '$1');
    return [
      `open: ${names.plain(who.trim())}`,
      ...(address === '' ? [] : [`seen as ${names.plain(address)}`]),
    ];
  }
  if (probe.protocol === 'udp') return ['no answer'];
  return [CURL_OUTCOMES[code] ?? `curl: ${code}`];
}
