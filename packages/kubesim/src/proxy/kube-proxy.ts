import type { Chain, IpAddress, Network, RulesetChange, SocketEvent, SocketId } from '@podwire/netsim';
import type { Service } from 'kubernetes-types/core/v1';
import type { EndpointSlice } from 'kubernetes-types/discovery/v1';
import type { ObjectChange } from '../api/client.ts';
import type { Component, ComponentContext } from '../component.ts';
import type { ClusterConfig } from '../config.ts';
import { sameFamily } from '../nodes/address.ts';
import { internalAddresses } from '../nodes/node-object.ts';
import { sameChain } from '../nodes/ruleset-diff.ts';
import { siteAddresses } from '../nodes/underlay.ts';
import type { NodeSite } from '../nodes/underlay.ts';
import { keyOf, splitKey } from '../runtime/objects.ts';
import { chooseEndpoints } from './endpoints.ts';
import { newHealthCheckState, onHealthCheckEvent, syncHealthChecks } from './health-check.ts';
import type { HealthCheckState, HealthCheckWiring, HealthTarget } from './health-check.ts';
import { planService } from './plan.ts';
import type { MapEntry, ProxyNode, ServicePlan } from './plan.ts';
import { familyOf, viewEndpoints, viewService } from './service-view.ts';
import type { Family } from './service-view.ts';
import { baseTable, HAIRPIN_MAP, hairpinEntry, tableName } from './table.ts';

const ZONE_LABEL = 'topology.kubernetes.io/zone';
const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';

/** The rules of one family that stand on the node. Plain data. */
export interface FamilyRules {
  /** `namespace/name` → what the Service contributed. */
  readonly plans: Map<string, ServicePlan>;
  /** Endpoint address → number of Services that lead to it. */
  readonly hairpins: Map<IpAddress, number>;
  /** What the plans were made for; anything else starts over. */
  node: ProxyNode | undefined;
}

/** What one node's kube-proxy remembers. Plain data; belongs in the cluster's state. */
export interface KubeProxyState {
  readonly rules: Map<Family, FamilyRules>;
  /** `namespace/name` → health check port and what it says (SVC21). */
  readonly healthChecks: Map<string, { readonly port: number; readonly target: HealthTarget }>;
  readonly health: HealthCheckState;
}

export function newKubeProxyState(): KubeProxyState {
  return { rules: new Map(), healthChecks: new Map(), health: newHealthCheckState() };
}

/** A kube-proxy, and its ear for the sockets that it owns under the name `kube-proxy/<node>`. */
export interface KubeProxy extends Component {
  onSocketEvent(socket: SocketId, event: SocketEvent): void;
}

export interface KubeProxyWiring {
  readonly network: Network;
  readonly config: ClusterConfig;
  readonly site: NodeSite;
  readonly state: KubeProxyState;
  readonly context: ComponentContext;
}

/** Component `kube-proxy/<node>`: turns Services and EndpointSlices into rules of its node. Only what changed is rewritten. */
export function createKubeProxy(wiring: KubeProxyWiring): KubeProxy {
  return {
    onSocketEvent(socket, event): void {
      onHealthCheckEvent(healthWiring(wiring), wiring.state.health, socket, event);
    },
    name: `kube-proxy/${wiring.site.name}`,
    watches: ['Service', 'EndpointSlice', 'Node'],
    resync(): void {
      sync(wiring, allServices(wiring));
    },
    onChanges(changes): void {
      // What the node is changes the rules of every Service.
      sync(wiring, nodeChanged(wiring) ? allServices(wiring) : new Set(changes.flatMap(servicesOf)));
    },
  };
}

/** Those that are, and those whose rules still stand. */
function allServices({ context, state }: KubeProxyWiring): ReadonlySet<string> {
  const keys = new Set(context.client.list('Service').map(keyOf));
  for (const { plans } of state.rules.values()) for (const key of plans.keys()) keys.add(key);
  return keys;
}

/** The Services whose rules a change may touch. */
function servicesOf(change: ObjectChange): readonly string[] {
  if (change.kind === 'Service') return [keyOf(change.object)];
  if (change.kind !== 'EndpointSlice') return [];
  return [change.object, change.previous].flatMap((slice) => {
    const name = slice?.metadata?.labels?.[SERVICE_NAME_LABEL];
    return name === undefined ? [] : [`${slice?.metadata?.namespace ?? ''}/${name}`];
  });
}

function families(config: ClusterConfig): readonly Family[] {
  return [...new Set(config.serviceCidrs.map(familyOf))];
}

function nodeChanged(wiring: KubeProxyWiring): boolean {
  return families(wiring.config).some((family) => {
    const known = wiring.state.rules.get(family)?.node;
    const now = proxyNode(wiring, family);
    return known?.address !== now.address || known.zone !== now.zone;
  });
}

function proxyNode({ config, site, context }: KubeProxyWiring, family: Family): ProxyNode {
  const node = context.client.get('Node', undefined, site.name);
  const addresses = node === undefined ? [] : internalAddresses(node);
  return {
    mode: config.proxyMode,
    nodeName: site.name,
    zone: node?.metadata?.labels?.[ZONE_LABEL] ?? '',
    address:
      [...addresses, ...siteAddresses(site)].find((address) => familyOf(address) === family) ?? site.address,
    podCidrs: config.podCidrs.filter((cidr) => familyOf(cidr) === family),
  };
}

function sync(wiring: KubeProxyWiring, keys: ReadonlySet<string>): void {
  const { client } = wiring.context;
  const objects = new Map<string, ServiceObjects>();
  for (const key of keys) {
    const { namespace, name } = splitKey(key);
    const service = client.get('Service', namespace, name);
    const slices =
      service === undefined
        ? []
        : client.list('EndpointSlice', { namespace, labelSelector: `${SERVICE_NAME_LABEL}=${name}` });
    objects.set(key, { service, slices });
  }
  for (const family of families(wiring.config)) {
    const changes = syncFamily(wiring, family, objects);
    if (changes.length === 0) continue;
    wiring.network.changeRuleset(wiring.site.netns, changes);
    tellOfSync(wiring, family);
  }
  syncHealth(wiring, objects);
}

/** What was written down for the kernel, as the real one tells at `--v=2`. */
function tellOfSync({ context, config, state }: KubeProxyWiring, family: Family): void {
  const plans = [...(state.rules.get(family)?.plans.values() ?? [])];
  const sources =
    config.proxyMode === 'iptables' ? { reload: 1484, done: 757 } : { reload: 1777, done: 1132 };
  context.log?.({
    verbosity: 2,
    source: `proxier.go:${sources.reload}`,
    message: `Reloading service ${config.proxyMode} data`,
    values: { ipFamily: family, numServices: plans.length },
  });
  context.log?.({
    verbosity: 2,
    source: `proxier.go:${sources.done}`,
    message: 'SyncProxyRules complete',
    values: { ipFamily: family },
  });
}

function healthWiring({ network, site, context }: KubeProxyWiring): HealthCheckWiring {
  const owner = `kube-proxy/${site.name}`;
  return { network, netns: site.netns, owner, nowMs: () => context.simulation.nowMs };
}

/** Health check ports exist for load balancers under a Local policy, and count the endpoints of this node. */
function syncHealth(wiring: KubeProxyWiring, objects: ReadonlyMap<string, ServiceObjects>): void {
  const { healthChecks, health } = wiring.state;
  for (const [key, { service, slices }] of objects) {
    const port = service?.spec?.healthCheckNodePort ?? 0;
    healthChecks.delete(key);
    if (service === undefined || port === 0 || service.spec?.externalTrafficPolicy !== 'Local') continue;
    const { namespace, name } = splitKey(key);
    const localEndpoints = localAddresses(wiring, service, slices).size;
    healthChecks.set(key, { port, target: { namespace, name, localEndpoints } });
  }
  syncHealthChecks(
    healthWiring(wiring),
    health,
    new Map([...healthChecks.values()].map(({ port, target }) => [port, target])),
  );
}

function localAddresses(
  wiring: KubeProxyWiring,
  service: Service,
  slices: readonly EndpointSlice[],
): ReadonlySet<IpAddress> {
  const addresses = new Set<IpAddress>();
  for (const family of families(wiring.config)) {
    const node = proxyNode(wiring, family);
    for (const port of viewService(service, family)) {
      const { local } = chooseEndpoints(viewEndpoints(slices, port, family), port, node);
      for (const { address, ready } of local) if (ready) addresses.add(address);
    }
  }
  return addresses;
}

interface ServiceObjects {
  readonly service: Service | undefined;
  readonly slices: readonly EndpointSlice[];
}

function syncFamily(
  wiring: KubeProxyWiring,
  family: Family,
  objects: ReadonlyMap<string, ServiceObjects>,
): readonly RulesetChange[] {
  const changes: RulesetChange[] = [];
  const rules = ensureTable(wiring, family, changes);
  for (const [key, { service, slices }] of objects) {
    const before = rules.plans.get(key);
    const after =
      service === undefined || rules.node === undefined
        ? undefined
        : planOf(service, slices, rules.node, family);
    if (after === undefined) rules.plans.delete(key);
    else rules.plans.set(key, after);
    changes.push(...planChanges(rules, tableName(family), before, after));
  }
  return changes;
}

/** The base table is laid at the first sync, and again when the node's own address has changed. */
function ensureTable(wiring: KubeProxyWiring, family: Family, changes: RulesetChange[]): FamilyRules {
  const { config, site, state, network } = wiring;
  const node = Object.freeze(proxyNode(wiring, family));
  const known = state.rules.get(family);
  if (known?.node?.address === node.address && known.node.zone === node.zone) return known;
  const rules: FamilyRules = { plans: new Map(), hairpins: new Map(), node };
  state.rules.set(family, rules);
  const table = baseTable({
    family,
    nodeName: site.name,
    mode: config.proxyMode,
    nodePortAddresses: [node.address].filter((address) => familyOf(address) === family),
    serviceCidrs: config.serviceCidrs.filter((cidr) =>
      sameFamily(cidr, family === 'IPv4' ? '0.0.0.0' : '::'),
    ),
  });
  if (network.tables(site.netns).has(table.name)) changes.push({ op: 'delete-table', table: table.name });
  changes.push({ op: 'put-table', table });
  return rules;
}

function planOf(
  service: Service,
  slices: readonly EndpointSlice[],
  node: ProxyNode,
  family: Family,
): ServicePlan | undefined {
  const ports = viewService(service, family);
  if (ports.length === 0) return undefined;
  const plan = planService(
    ports.map((port) => ({ port, endpoints: viewEndpoints(slices, port, family) })),
    node,
  );
  return Object.freeze(plan);
}

/** What must change so that the node has `after` where it had `before`: chains first, then what leads to them, then what is left over. */
function planChanges(
  rules: FamilyRules,
  table: string,
  before: ServicePlan | undefined,
  after: ServicePlan | undefined,
): readonly RulesetChange[] {
  const oldChains = new Map(
    (before?.chains ?? []).map((chain): readonly [string, Chain] => [chain.name, chain]),
  );
  const newChains = after?.chains ?? [];
  const newNames = new Set(newChains.map(({ name }) => name));
  const newKeys = new Set((after?.entries ?? []).map(entryId));
  return [
    ...newChains
      .filter((chain) => !sameChain(oldChains.get(chain.name), chain))
      .map((chain): RulesetChange => ({ op: 'put-chain', table, chain })),
    ...(before?.entries ?? [])
      .filter((entry) => !newKeys.has(entryId(entry)))
      .map((entry) => removeEntry(rules, table, entry)),
    ...(after?.entries ?? []).map(({ map, key, chain }): RulesetChange => ({
      op: 'put-map-entry',
      table,
      map,
      key,
      chain,
    })),
    ...hairpinChanges(rules, table, before, after),
    ...[...oldChains.keys()]
      .filter((name) => !newNames.has(name))
      .map((chain): RulesetChange => ({ op: 'delete-chain', table, chain })),
  ];
}

function entryId({ map, key }: MapEntry): string {
  return `${map} ${key}`;
}

/** Two Services can claim one external address and port; when one goes, the other has it. */
function removeEntry(rules: FamilyRules, table: string, { map, key }: MapEntry): RulesetChange {
  for (const plan of rules.plans.values()) {
    const other = plan.entries.find((entry) => entry.map === map && entry.key === key);
    if (other !== undefined) return { op: 'put-map-entry', table, map, key, chain: other.chain };
  }
  return { op: 'delete-map-entry', table, map, key };
}

function hairpinChanges(
  { hairpins }: FamilyRules,
  table: string,
  before: ServicePlan | undefined,
  after: ServicePlan | undefined,
): readonly RulesetChange[] {
  const changes: RulesetChange[] = [];
  const count = (address: IpAddress, step: number): void => {
    const now = (hairpins.get(address) ?? 0) + step;
    const { key, chain } = hairpinEntry(address);
    if (now > 0) hairpins.set(address, now);
    else hairpins.delete(address);
    if (now === 1 && step > 0) changes.push({ op: 'put-map-entry', table, map: HAIRPIN_MAP, key, chain });
    if (now === 0) changes.push({ op: 'delete-map-entry', table, map: HAIRPIN_MAP, key });
  };
  for (const address of after?.endpointAddresses ?? []) count(address, 1);
  for (const address of before?.endpointAddresses ?? []) count(address, -1);
  return changes;
}
