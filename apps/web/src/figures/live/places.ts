import type { ClusterNeeds } from '@podwire/lab';
import { SYSTEM_NAMESPACES } from '../../topology/system-namespaces.ts';
import { nameOfKey } from '../../topology/topology-path.ts';
import type { objectsOf } from '../figure-cluster.ts';

/** A place to choose, under the key that a text names it by. */
export interface PlaceChoice {
  readonly key: string;
  readonly name: string;
  readonly group: 'Pods' | 'Services' | 'Nodes' | 'Outside';
  /** What it can be asked on first: the port that its object names first. */
  readonly port?: number;
  readonly protocol?: 'tcp' | 'udp';
}

export interface ClusterPlaces {
  readonly from: readonly PlaceChoice[];
  readonly to: readonly PlaceChoice[];
}

type Views = ReturnType<typeof objectsOf>;

interface Port {
  readonly port?: number;
  readonly containerPort?: number;
  readonly protocol?: string;
}
/** As our own API server gives them. */
interface Fields {
  readonly spec?: {
    readonly ports?: readonly Port[];
    readonly containers?: readonly { readonly ports?: readonly Port[] }[];
  };
  readonly status?: {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
  };
}

/** The pods, Services and nodes of a cluster, and what lies around it. */
export function placesOf(views: Views, { outsideHosts }: Pick<ClusterNeeds, 'outsideHosts'>): ClusterPlaces {
  const named = (kind: string) =>
    views
      .filter((view) => view.kind === kind && !SYSTEM_NAMESPACES.has(view.namespace ?? ''))
      .map((view) => {
        const fields: Fields = view.object;
        return { ...view, fields };
      })
      .sort((left, right) => (pathOf(left) < pathOf(right) ? -1 : 1));
  const pods = named('Pod').map(({ fields, ...view }) =>
    choice(
      'Pods',
      `pod/${pathOf(view)}`,
      fields.spec?.containers?.flatMap(({ ports = [] }) => ports),
    ),
  );
  const services = named('Service')
    .filter((view) => pathOf(view) !== 'default/kubernetes')
    .map(({ fields, ...view }) => choice('Services', `service/${pathOf(view)}`, fields.spec?.ports));
  const nodes = named('Node');
  return {
    from: [
      ...pods,
      ...nodes.map(({ name }) => choice('Nodes', `node/${name}`)),
      { key: 'toolbox', name: 'toolbox', group: 'Outside' },
      ...outsideHosts.map(({ address }) => choice('Outside', `outside/${address}`)),
    ],
    to: [
      ...services,
      ...pods,
      ...nodes.flatMap(({ name, fields }): PlaceChoice[] => {
        const address = fields.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
        return address === undefined
          ? []
          : [{ ...choice('Nodes', `host/${address}`), name: `${name}, ${address}` }];
      }),
      ...outsideHosts.map(({ address, tcpPorts }) =>
        choice(
          'Outside',
          `host/${address}`,
          tcpPorts.map((port) => ({ port })),
        ),
      ),
    ],
  };
}

function pathOf({
  namespace,
  name,
}: {
  readonly namespace?: string | undefined;
  readonly name: string;
}): string {
  return `${namespace ?? 'default'}/${name}`;
}

function choice(group: PlaceChoice['group'], key: string, [first]: readonly Port[] = []): PlaceChoice {
  const port = first?.port ?? first?.containerPort;
  return {
    key,
    name: nameOfKey(key),
    group,
    ...(port === undefined ? {} : { port, protocol: first?.protocol === 'UDP' ? 'udp' : 'tcp' }),
  };
}
