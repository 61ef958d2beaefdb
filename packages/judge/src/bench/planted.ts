import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from 'kubernetes-types/networking/v1';
import type { Service } from 'kubernetes-types/core/v1';
import type { Bench, BenchAnswer, BenchRequest, PodPlace, Run } from './bench.ts';

type Json = unknown;

/**
 * A rule turned round: what the cluster is made to hold to in place of what was asked, or what it is made
 * to answer. A judge that does not find each of them is not to be believed.
 */
export interface Plant {
  readonly name: string;
  readonly rule: string;
  /** The policy or Service that the cluster works by. Read back, it is as it was asked. */
  readonly held?: (object: Json) => Json;
  readonly answered?: (request: BenchRequest, answer: BenchAnswer) => BenchAnswer;
  readonly printed?: (argv: readonly string[], run: Run) => Run;
}

function onPolicies(change: (spec: NonNullable<NetworkPolicy['spec']>) => Json): (object: Json) => Json {
  return (object) => {
    const policy = object as NetworkPolicy;
    return policy.kind === 'NetworkPolicy' && policy.spec !== undefined && policy.metadata?.name !== 'canary'
      ? { ...policy, spec: change(policy.spec) }
      : object;
  };
}

function onPeers(change: (peer: NetworkPolicyPeer) => readonly NetworkPolicyPeer[]): (object: Json) => Json {
  return onPolicies((spec) => ({
    ...spec,
    ...(spec.ingress === undefined
      ? {}
      : {
          ingress: spec.ingress.map((rule) => ({
            ...rule,
            ...(rule.from === undefined ? {} : { from: rule.from.flatMap(change) }),
          })),
        }),
    ...(spec.egress === undefined
      ? {}
      : {
          egress: spec.egress.map((rule) => ({
            ...rule,
            ...(rule.to === undefined ? {} : { to: rule.to.flatMap(change) }),
          })),
        }),
  }));
}

function onPorts(change: (port: NetworkPolicyPort) => NetworkPolicyPort): (object: Json) => Json {
  return onPolicies((spec) => ({
    ...spec,
    ...(spec.ingress === undefined
      ? {}
      : { ingress: spec.ingress.map((rule) => ({ ...rule, ...ported(rule.ports, change) })) }),
    ...(spec.egress === undefined
      ? {}
      : { egress: spec.egress.map((rule) => ({ ...rule, ...ported(rule.ports, change) })) }),
  }));
}

function ported(
  ports: readonly NetworkPolicyPort[] | undefined,
  change: (port: NetworkPolicyPort) => NetworkPolicyPort,
): { readonly ports?: readonly NetworkPolicyPort[] } {
  return ports === undefined ? {} : { ports: ports.map(change) };
}

function onServices(change: (spec: NonNullable<Service['spec']>) => Json): (object: Json) => Json {
  return (object) => {
    const service = object as Service;
    return service.kind === 'Service' && service.spec !== undefined && service.metadata?.name !== 'canary'
      ? { ...service, spec: change(service.spec) }
      : object;
  };
}

export const PLANTS: readonly Plant[] = [
  {
    name: 'ignores-except',
    rule: 'NP13',
    held: onPeers((peer) => [peer.ipBlock === undefined ? peer : { ipBlock: { cidr: peer.ipBlock.cidr } }]),
  },
  {
    name: 'or-for-and',
    rule: 'NP9',
    held: onPeers(({ podSelector, namespaceSelector, ...rest }) =>
      podSelector !== undefined && namespaceSelector !== undefined
        ? [{ podSelector }, { namespaceSelector }]
        : [{ podSelector, namespaceSelector, ...rest } as NetworkPolicyPeer],
    ),
  },
  {
    name: 'endport-exclusive',
    rule: 'NP21',
    held: onPorts((port) =>
      port.endPort !== undefined && typeof port.port === 'number' && port.endPort > port.port
        ? { ...port, endPort: port.endPort - 1 }
        : port,
    ),
  },
  {
    name: 'named-ports-by-first-guess',
    rule: 'NP17',
    held: onPorts((port) => (port.port === 'web' ? { ...port, port: 80 } : port)),
  },
  {
    name: 'egress-not-isolated',
    rule: 'NP3',
    held: onPolicies((spec) => ({ ...spec, policyTypes: ['Ingress'] })),
  },
  {
    name: 'sctp-is-tcp',
    rule: 'NP22',
    held: onPorts((port) => (port.protocol === 'SCTP' ? { ...port, protocol: 'TCP' } : port)),
  },
  {
    name: 'pod-peers-of-any-namespace',
    rule: 'NP8',
    held: onPeers((peer) => [
      peer.podSelector !== undefined && peer.namespaceSelector === undefined
        ? { ...peer, namespaceSelector: {} }
        : peer,
    ]),
  },
  {
    name: 'local-is-cluster',
    rule: 'SVC2',
    held: onServices((spec) => {
      const { internalTrafficPolicy, ...rest } = spec;
      return internalTrafficPolicy === 'Local' ? rest : spec;
    }),
  },
  {
    name: 'no-defaults',
    rule: 'API6',
    answered: ({ method }, { status, json }) => ({
      status,
      json: method === 'GET' ? withoutKey(json, 'sessionAffinity') : json,
    }),
  },
  {
    name: 'other-words',
    rule: 'API6',
    answered: (_, { status, json }) => ({
      status,
      json: JSON.parse(JSON.stringify(json).replaceAll('must be between', 'has to be between')) as Json,
    }),
  },
  {
    name: 'prints-otherwise',
    rule: 'API3',
    printed: (argv, run) =>
      argv[0] === 'describe' ? { ...run, stdout: run.stdout.replaceAll('<none>', '<unset>') } : run,
  },
];

function withoutKey(value: Json, key: string): Json {
  if (Array.isArray(value)) return value.map((item) => withoutKey(item, key));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== key)
      .map(([name, item]) => [name, withoutKey(item, key)]),
  );
}

/** A cluster with one rule turned round. */
export class PlantedBench implements Bench {
  readonly parallelCurl: boolean;
  readonly name: string;
  readonly #inner: Bench;
  readonly #plant: Plant;
  /** Objects as they were asked for, by path. */
  readonly #asked = new Map<string, Json>();

  constructor(inner: Bench, plant: Plant) {
    this.name = `${inner.name} with ${plant.name}`;
    this.#inner = inner;
    this.parallelCurl = inner.parallelCurl;
    this.#plant = plant;
  }

  async request(request: BenchRequest): Promise<BenchAnswer> {
    const { held, answered } = this.#plant;
    let wanted = request;
    if (held !== undefined && request.method === 'POST' && request.query?.['dryRun'] === undefined) {
      const body = held(request.body);
      const changed = JSON.stringify(body) !== JSON.stringify(request.body);
      if (changed) {
        const { name = '' } =
          (request.body as { readonly metadata?: { readonly name?: string } }).metadata ?? {};
        const asked = await this.#inner.request({ ...request, query: { ...request.query, dryRun: 'All' } });
        if (asked.status >= 300) return asked;
        this.#asked.set(`${request.path}/${name}`, (asked.json as { readonly spec?: Json }).spec);
      }
      wanted = { ...request, body };
    }
    const answer = await this.#inner.request(wanted);
    const read =
      request.method === 'GET' ? { ...answer, json: this.#asAsked(request.path, answer.json) } : answer;
    return answered?.(request, read) ?? read;
  }

  #asAsked(path: string, json: Json): Json {
    const list = (json as { readonly items?: readonly Json[] } | null)?.items;
    if (list === undefined) return json;
    return {
      ...(json as object),
      items: list.map((item) => {
        const { name = '' } = (item as { readonly metadata?: { readonly name?: string } }).metadata ?? {};
        const spec = this.#asked.get(`${path}/${name}`);
        // Addresses and node ports were given to what the cluster holds.
        return spec === undefined || path.endsWith('/services') ? item : { ...(item as object), spec };
      }),
    };
  }

  exec(pod: PodPlace, argv: readonly string[]): Promise<Run> {
    return this.#inner.exec(pod, argv);
  }

  async kubectl(argv: readonly string[]): Promise<Run> {
    const run = await this.#inner.kubectl(argv);
    return this.#plant.printed?.(argv, run) ?? run;
  }

  until(what: string, holds: () => Promise<boolean>): Promise<void> {
    return this.#inner.until(what, holds);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
