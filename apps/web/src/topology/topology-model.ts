import { z } from 'zod';
import { selects } from './label-selector.ts';
import type { ObjectsState, ObjectView } from './object-view.ts';
import { SYSTEM_NAMESPACES } from './system-namespaces.ts';

export interface PodPlace {
  /** `pod/namespace/name`. */
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly ip: string | undefined;
  readonly nodeName: string | undefined;
  /** As `kubectl get pods` says it. */
  readonly status: string;
  readonly ready: boolean;
  /** It is on its way out. */
  readonly ending: boolean;
  /** Uses its node's network: no address of its own, and policies do not reach it (NP25). */
  readonly hostNetwork: boolean;
  /** TCP ports that its containers declare. */
  readonly ports: readonly number[];
  /** Names of the policies that isolate it, by direction (NP3). */
  readonly ingressPolicies: readonly string[];
  readonly egressPolicies: readonly string[];
}

export interface Room {
  readonly name: string;
  readonly ready: boolean;
  readonly controlPlane: boolean;
  readonly address: string | undefined;
  readonly podCidr: string | undefined;
  readonly pods: readonly PodPlace[];
}

export interface Door {
  /** `service/namespace/name`. */
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  /** undefined for headless and ExternalName Services. */
  readonly clusterIp: string | undefined;
  readonly externalName: string | undefined;
  readonly ports: readonly {
    readonly port: number;
    readonly protocol: string;
    readonly nodePort: number | undefined;
  }[];
  /** Keys of the pods behind it. */
  readonly ready: readonly string[];
  readonly notReady: readonly string[];
}

export interface TopologyModel {
  readonly known: boolean;
  readonly rooms: readonly Room[];
  /** Pods without a node yet. */
  readonly waiting: readonly PodPlace[];
  readonly doors: readonly Door[];
  readonly hiddenSystemPods: number;
}

const labels = z.record(z.string(), z.string()).default({});
const metadata = z.looseObject({ labels, deletionTimestamp: z.string().optional() });
const selectorSchema = z.looseObject({
  matchLabels: z.record(z.string(), z.string()).exactOptional(),
  matchExpressions: z
    .array(
      z.looseObject({ key: z.string(), operator: z.string(), values: z.array(z.string()).exactOptional() }),
    )
    .exactOptional(),
});
const podSchema = z.looseObject({
  metadata,
  spec: z.looseObject({
    nodeName: z.string().optional(),
    hostNetwork: z.boolean().optional(),
    containers: z
      .array(
        z.looseObject({
          ports: z
            .array(z.looseObject({ containerPort: z.number(), protocol: z.string().default('TCP') }))
            .default([]),
        }),
      )
      .default([]),
  }),
  status: z
    .looseObject({
      phase: z.string().default('Pending'),
      reason: z.string().optional(),
      podIP: z.string().optional(),
      conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).default([]),
      initContainerStatuses: z.array(z.unknown()).default([]),
      containerStatuses: z
        .array(
          z.looseObject({
            ready: z.boolean().default(false),
            state: z
              .looseObject({
                waiting: z.looseObject({ reason: z.string().optional() }).optional(),
                terminated: z.looseObject({ reason: z.string().optional() }).optional(),
              })
              .default({}),
          }),
        )
        .default([]),
    })
    .default({ phase: 'Pending', conditions: [], initContainerStatuses: [], containerStatuses: [] }),
});
const nodeSchema = z.looseObject({
  metadata,
  spec: z.looseObject({ podCIDR: z.string().optional() }).default({}),
  status: z
    .looseObject({
      conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).default([]),
      addresses: z.array(z.looseObject({ type: z.string(), address: z.string() })).default([]),
    })
    .default({ conditions: [], addresses: [] }),
});
const serviceSchema = z.looseObject({
  spec: z.looseObject({
    type: z.string().default('ClusterIP'),
    clusterIP: z.string().optional(),
    externalName: z.string().optional(),
    ports: z
      .array(
        z.looseObject({
          port: z.number(),
          protocol: z.string().default('TCP'),
          nodePort: z.number().optional(),
        }),
      )
      .default([]),
  }),
});
const sliceSchema = z.looseObject({
  metadata,
  endpoints: z
    .array(
      z.looseObject({
        conditions: z.looseObject({ ready: z.boolean().optional() }).default({}),
        targetRef: z
          .looseObject({
            kind: z.string().optional(),
            name: z.string().optional(),
            namespace: z.string().optional(),
          })
          .optional(),
      }),
    )
    .nullable()
    .transform((endpoints) => endpoints ?? []),
});
const policySchema = z.looseObject({
  spec: z.looseObject({
    podSelector: selectorSchema.default({}),
    policyTypes: z.array(z.string()).optional(),
    egress: z.array(z.unknown()).optional(),
  }),
});

interface Policy {
  readonly namespace: string;
  readonly name: string;
  readonly selector: z.infer<typeof selectorSchema>;
  readonly ingress: boolean;
  readonly egress: boolean;
}

/** The cluster as a floor plan. Objects that are not as expected are left out rather than drawn wrong. */
export function topologyOf(state: ObjectsState, withSystem: boolean): TopologyModel {
  const all = [...state.objects.values()];
  const ofKind = (kind: string): readonly ObjectView[] =>
    all.filter((view) => view.kind === kind).sort(byName);
  const policies = ofKind('NetworkPolicy').flatMap(readPolicy);
  const everyPod = ofKind('Pod').flatMap((view) => readPod(view, policies));
  const shown = everyPod.filter((pod) => withSystem || !SYSTEM_NAMESPACES.has(pod.namespace));
  const rooms = ofKind('Node').flatMap((view) => readNode(view, shown));
  const names = new Set(rooms.map((room) => room.name));
  return {
    known: state.known,
    rooms,
    waiting: shown.filter((pod) => pod.nodeName === undefined || !names.has(pod.nodeName)),
    doors: readDoors(ofKind('Service'), ofKind('EndpointSlice')).filter(
      (door) =>
        withSystem ||
        (!SYSTEM_NAMESPACES.has(door.namespace) &&
          !(door.namespace === 'default' && door.name === 'kubernetes')),
    ),
    hiddenSystemPods: everyPod.length - shown.length,
  };
}

function byName(left: ObjectView, right: ObjectView): number {
  return (left.namespace ?? '').localeCompare(right.namespace ?? '') || left.name.localeCompare(right.name);
}

function readPod(view: ObjectView, policies: readonly Policy[]): PodPlace[] {
  const parsed = podSchema.safeParse(view.object);
  if (!parsed.success) return [];
  const { metadata: meta, spec, status } = parsed.data;
  const namespace = view.namespace ?? 'default';
  const hostNetwork = spec.hostNetwork === true;
  const isolating = hostNetwork
    ? []
    : policies.filter((policy) => policy.namespace === namespace && selects(policy.selector, meta.labels));
  return [
    {
      key: `pod/${namespace}/${view.name}`,
      namespace,
      name: view.name,
      ip: status.podIP,
      nodeName: spec.nodeName,
      status: statusWord(parsed.data),
      ready: status.conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True'),
      ending: meta.deletionTimestamp !== undefined,
      hostNetwork,
      ports: spec.containers.flatMap((container) =>
        container.ports.filter((port) => port.protocol === 'TCP').map((port) => port.containerPort),
      ),
      ingressPolicies: isolating.filter((policy) => policy.ingress).map((policy) => policy.name),
      egressPolicies: isolating.filter((policy) => policy.egress).map((policy) => policy.name),
    },
  ];
}

/** The STATUS column of `kubectl get pods`, for the cases that a learner meets. */
function statusWord({ metadata: meta, status }: z.infer<typeof podSchema>): string {
  if (meta.deletionTimestamp !== undefined) return 'Terminating';
  for (const container of status.containerStatuses) {
    const reason = container.state.waiting?.reason ?? container.state.terminated?.reason;
    if (reason !== undefined) return reason;
  }
  return status.reason ?? status.phase;
}

function readNode(view: ObjectView, pods: readonly PodPlace[]): Room[] {
  const parsed = nodeSchema.safeParse(view.object);
  if (!parsed.success) return [];
  const { metadata: meta, spec, status } = parsed.data;
  return [
    {
      name: view.name,
      ready: status.conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True'),
      controlPlane: 'node-role.kubernetes.io/control-plane' in meta.labels,
      address: status.addresses.find((address) => address.type === 'InternalIP')?.address,
      podCidr: spec.podCIDR,
      pods: pods.filter((pod) => pod.nodeName === view.name),
    },
  ];
}

/** NP4: Ingress by default, Egress too where egress rules are. */
function readPolicy(view: ObjectView): Policy[] {
  const parsed = policySchema.safeParse(view.object);
  if (!parsed.success) return [];
  const { podSelector, policyTypes, egress } = parsed.data.spec;
  const types = policyTypes ?? ['Ingress', ...((egress?.length ?? 0) > 0 ? ['Egress'] : [])];
  return [
    {
      namespace: view.namespace ?? 'default',
      name: view.name,
      selector: podSelector,
      ingress: types.includes('Ingress'),
      egress: types.includes('Egress'),
    },
  ];
}

function readDoors(services: readonly ObjectView[], slices: readonly ObjectView[]): Door[] {
  const behind = new Map<string, { ready: Set<string>; notReady: Set<string> }>();
  for (const view of slices) {
    const parsed = sliceSchema.safeParse(view.object);
    const service = parsed.success ? parsed.data.metadata.labels['kubernetes.io/service-name'] : undefined;
    if (!parsed.success || service === undefined) continue;
    const key = `service/${view.namespace ?? 'default'}/${service}`;
    const pods = behind.get(key) ?? { ready: new Set<string>(), notReady: new Set<string>() };
    for (const { conditions, targetRef } of parsed.data.endpoints) {
      if (targetRef?.kind !== 'Pod' || targetRef.name === undefined) continue;
      (conditions.ready === false ? pods.notReady : pods.ready).add(
        `pod/${targetRef.namespace ?? view.namespace ?? 'default'}/${targetRef.name}`,
      );
    }
    behind.set(key, pods);
  }
  return services.flatMap((view) => {
    const parsed = serviceSchema.safeParse(view.object);
    if (!parsed.success) return [];
    const { spec } = parsed.data;
    const key = `service/${view.namespace ?? 'default'}/${view.name}`;
    const pods = behind.get(key);
    return [
      {
        key,
        namespace: view.namespace ?? 'default',
        name: view.name,
        type: spec.type,
        clusterIp:
          spec.clusterIP === undefined || spec.clusterIP === '' || spec.clusterIP === 'None'
            ? undefined
            : spec.clusterIP,
        externalName: spec.externalName,
        ports: spec.ports.map(({ port, protocol, nodePort }) => ({ port, protocol, nodePort })),
        ready: [...(pods?.ready ?? [])],
        notReady: [...(pods?.notReady ?? [])],
      },
    ];
  });
}

export function podsOf(model: TopologyModel): readonly PodPlace[] {
  return [...model.rooms.flatMap((room) => room.pods), ...model.waiting];
}
