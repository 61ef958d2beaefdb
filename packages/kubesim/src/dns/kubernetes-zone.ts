import type { IpAddress } from '@podwire/netsim';
import type { Service } from 'kubernetes-types/core/v1';
import type { EndpointSlice } from 'kubernetes-types/discovery/v1';
import { canonicalAddress, parseAddress } from '../nodes/address.ts';
import { addressOfReverseName, canonicalName, isInZone, labelsBelow, labelsOf } from './names.ts';
import { SERVICE_NAME_LABEL } from './objects.ts';
import type { DnsObjects } from './objects.ts';
import { CLASS_IN } from './records.ts';
import type { DomainName, Question, RecordData, ResourceRecord } from './records.ts';

export interface KubernetesZoneOptions {
  /** Without reverse zones: the first is the cluster domain that PTR records name. */
  readonly zones: readonly DomainName[];
  readonly ttlSeconds: number;
  /** Answers for pod addresses (DNS9): by the name alone, only for pods that are, or not at all. */
  readonly pods: 'insecure' | 'verified' | 'disabled';
  /** SOA serial: seconds since the epoch. */
  readonly serial: number;
  /** Addresses of the DNS Service itself, for `ns.dns.<zone>`. */
  readonly nameServers: readonly IpAddress[];
}

/** DNS1: an existing name without such records is not a missing name. */
export type ZoneAnswer =
  | {
      readonly kind: 'records';
      readonly answers: readonly ResourceRecord[];
      readonly additionals: readonly ResourceRecord[];
    }
  | { readonly kind: 'no-data'; readonly soa: ResourceRecord }
  | { readonly kind: 'no-name'; readonly soa: ResourceRecord }
  | { readonly kind: 'refused' };

/** RFC 1035 sets no limit; CoreDNS follows this many CNAMEs. */
const MAX_CNAME_CHAIN = 8;
/** dns-version never changes while the server runs. */
const VERSION_TTL_SECONDS = 28_800;
const SCHEMA_VERSION = '1.1.0';

/** Endpoints without ports have addresses, and no SRV records (DNS4). */
const NO_PORT = -1;

/** One host or alias behind a name. */
interface Host {
  /** What SRV records of it point to. */
  readonly owner: DomainName;
  readonly to:
    | { readonly kind: 'address'; readonly address: IpAddress }
    | { readonly kind: 'alias'; readonly target: DomainName };
  readonly port: number;
}

/** `exists: false` is a missing name; no hosts under an existing one is NODATA. */
type LookUp = { readonly exists: false } | { readonly exists: true; readonly hosts: readonly Host[] };

const MISSING: LookUp = { exists: false };
const EMPTY: LookUp = { exists: true, hosts: [] };

/** Answers a question about a name in `zone`, by the DNS specification 1.1.0 and as CoreDNS reads it. */
export function answerFromObjects(
  question: Question,
  zone: DomainName,
  objects: DnsObjects,
  options: KubernetesZoneOptions,
): ZoneAnswer {
  const { type } = question;
  const soa = soaRecord(zone, options);
  if (type === 'AXFR' || type === 'IXFR') return { kind: 'refused' };
  const atApex = canonicalName(question.name) === canonicalName(zone);
  const records = ((): readonly ResourceRecord[] | undefined => {
    if (type === 'SOA' && atApex) return [soa];
    if (type === 'TXT' && isVersionName(question.name, zone)) return [versionRecord(question.name)];
    if (type === 'PTR') return pointerRecords(question, zone, objects, options);
    return undefined;
  })();
  if (type === 'NS' && atApex) return nameServerRecords(question.name, zone, objects, options);
  if (records !== undefined && records.length > 0)
    return { kind: 'records', answers: records, additionals: [] };
  const found = lookUp(question.name, zone, objects, options);
  if (!found.exists) return { kind: 'no-name', soa };
  const { answers, additionals } = render(question, zone, found.hosts, objects, options);
  return answers.length === 0 ? { kind: 'no-data', soa } : { kind: 'records', answers, additionals };
}

function recordOf(name: DomainName, { ttlSeconds }: KubernetesZoneOptions, data: RecordData): ResourceRecord {
  return { name, class: CLASS_IN, ttlSeconds, data };
}

function nameServerName(zone: DomainName): DomainName {
  return `ns.dns.${zone}`;
}

/** The Services that this server itself is behind, by their own names; the SOA names `ns.dns.<zone>` all the same. */
function nameServerRecords(
  name: DomainName,
  zone: DomainName,
  objects: DnsObjects,
  options: KubernetesZoneOptions,
): ZoneAnswer {
  const found = options.nameServers.map((address) => {
    const service = objects.services().find(({ spec }) => addressesOf(spec).includes(address))?.metadata;
    const target =
      service === undefined
        ? nameServerName(zone)
        : `${service.name ?? ''}.${service.namespace ?? ''}.svc.${zone}`;
    return { address, target };
  });
  return {
    kind: 'records',
    answers: [...new Set(found.map(({ target }) => target))].map((target) =>
      recordOf(name, options, { type: 'NS', target }),
    ),
    additionals: found.map(({ address, target }) =>
      recordOf(target, options, { type: address.includes(':') ? 'AAAA' : 'A', address }),
    ),
  };
}

function addressesOf(spec: Service['spec']): readonly (IpAddress | undefined)[] {
  return (spec?.clusterIPs ?? (spec?.clusterIP === undefined ? [] : [spec.clusterIP])).map(canonicalAddress);
}

function soaRecord(zone: DomainName, options: KubernetesZoneOptions): ResourceRecord {
  return recordOf(zone, options, {
    type: 'SOA',
    primary: nameServerName(zone),
    mailbox: `hostmaster.${zone}`,
    serial: options.serial,
    refreshSeconds: 7200,
    retrySeconds: 1800,
    expireSeconds: 86_400,
    minimumSeconds: options.ttlSeconds,
  });
}

/** DNS6. */
function isVersionName(name: DomainName, zone: DomainName): boolean {
  return canonicalName(name) === canonicalName(`dns-version.${zone}`);
}

function versionRecord(name: DomainName): ResourceRecord {
  return {
    name,
    class: CLASS_IN,
    ttlSeconds: VERSION_TTL_SECONDS,
    data: { type: 'TXT', texts: [SCHEMA_VERSION] },
  };
}

/** What the name stands for, whatever type is asked. */
function lookUp(
  name: DomainName,
  zone: DomainName,
  objects: DnsObjects,
  options: KubernetesZoneOptions,
): LookUp {
  const labels = labelsBelow(name, zone);
  if (canonicalName(name) === canonicalName(nameServerName(zone)))
    return hosts(options.nameServers.map((address) => addressHost(nameServerName(zone), address, 53)));
  const kind = labels.at(-1);
  if (labels.length === 0) return EMPTY;
  if (kind !== 'svc' && kind !== 'pod') return MISSING;
  const [, namespace, ...rest] = labels.toReversed();
  // `svc.<zone>` and `pod.<zone>` exist, as does every namespace below them.
  if (namespace === undefined) return EMPTY;
  if (!objects.hasNamespace(namespace)) return MISSING;
  const [subject, ...more] = rest;
  if (subject === undefined) return EMPTY;
  return kind === 'pod'
    ? lookUpPod(name, namespace, subject, objects, options)
    : lookUpService(zone, namespace, subject, more.toReversed(), objects);
}

function hosts(list: readonly Host[]): LookUp {
  return list.length === 0 ? MISSING : { exists: true, hosts: list };
}

function addressHost(owner: DomainName, address: IpAddress, port: number): Host {
  return { owner, to: { kind: 'address', address }, port };
}

/** DNS9: the name spells the address with dashes. */
function lookUpPod(
  name: DomainName,
  namespace: string,
  label: string,
  objects: DnsObjects,
  options: KubernetesZoneOptions,
): LookUp {
  if (options.pods === 'disabled') return MISSING;
  const isV4 = label.split('-').length === 4 && !label.includes('--');
  const address = canonicalAddress(label.replaceAll('-', isV4 ? '.' : ':'));
  if (address === undefined) return MISSING;
  if (options.pods === 'verified' && !objects.hasPod(namespace, address)) return MISSING;
  return hosts([addressHost(name, address, 0)]);
}

/** `[_port, _protocol]` or `[endpoint]` may stand before the Service's name. */
function lookUpService(
  zone: DomainName,
  namespace: string,
  name: string,
  before: readonly string[],
  objects: DnsObjects,
): LookUp {
  if (before.length > 2) return MISSING;
  const service = objects.service(namespace, name);
  const spec = service?.spec;
  if (service === undefined || spec === undefined) return MISSING;
  const owner = `${name}.${namespace}.svc.${zone}`;
  if (spec.type === 'ExternalName') {
    // DNS7: an alias for the name itself, and nothing below it.
    if (before.length > 0 || spec.externalName === undefined) return MISSING;
    const target = externalTarget(spec.externalName);
    return target === undefined ? MISSING : hosts([{ owner, to: target, port: 0 }]);
  }
  const endpoint = before.length === 1 ? before[0] : undefined;
  const [port, protocol] = before.length === 2 ? before.map((label) => label.replace(/^_/, '')) : [];
  const wanted: PortWanted = {
    ...(port === undefined ? {} : { name: port }),
    ...(protocol === undefined ? {} : { protocol }),
  };
  if (spec.clusterIP === 'None' || endpoint !== undefined)
    return hosts(endpointHosts(owner, objects.slicesOf(namespace, name), endpoint, wanted));
  return hosts(clusterIpHosts(owner, service, wanted));
}

/** An address as `externalName` is served as one. */
function externalTarget(externalName: string): Host['to'] | undefined {
  const address = canonicalAddress(externalName);
  if (address !== undefined) return { kind: 'address', address };
  const target = externalName.endsWith('.') ? externalName : `${externalName}.`;
  return labelsOf(target) === undefined ? undefined : { kind: 'alias', target };
}

/** DNS4: names of ports are matched with their protocol; nothing wanted matches every port, named or not. */
interface PortWanted {
  readonly name?: string;
  readonly protocol?: string;
}

function portMatches(wanted: PortWanted, name: string | undefined, protocol: string | undefined): boolean {
  if (wanted.name !== undefined && wanted.name !== (name ?? '').toLowerCase()) return false;
  return wanted.protocol === undefined || wanted.protocol === (protocol ?? 'TCP').toLowerCase();
}

function clusterIpHosts(owner: DomainName, service: Service, wanted: PortWanted): readonly Host[] {
  const spec = service.spec;
  const addresses = spec?.clusterIPs ?? (spec?.clusterIP === undefined ? [] : [spec.clusterIP]);
  return (spec?.ports ?? [])
    .filter(({ name, protocol }) => portMatches(wanted, name, protocol))
    .flatMap(({ port }) => addresses.flatMap((text) => toHost(owner, text, port)));
}

function toHost(owner: DomainName, text: string, port: number): readonly Host[] {
  const address = canonicalAddress(text);
  return address === undefined ? [] : [addressHost(owner, address, port)];
}

/** DNS2, DNS3: ready endpoints only (a Service that publishes others has them marked ready, SVC18). DNS8: by hostname. */
function endpointHosts(
  service: DomainName,
  slices: readonly EndpointSlice[],
  endpoint: string | undefined,
  wanted: PortWanted,
): readonly Host[] {
  return slices.flatMap((slice) =>
    endpointsIn(slice).flatMap(({ label, addresses }) => {
      if (endpoint !== undefined && endpoint !== label) return [];
      // A Service without ports still has endpoints.
      const named = (slice.ports as typeof slice.ports | null) ?? [];
      const ports = named.length === 0 ? [{ port: NO_PORT }] : named;
      return ports
        .filter((port) =>
          portMatches(
            wanted,
            'name' in port ? port.name : undefined,
            'protocol' in port ? port.protocol : undefined,
          ),
        )
        .flatMap(({ port }) => addresses.flatMap((text) => toHost(`${label}.${service}`, text, port ?? 0)));
    }),
  );
}

interface ReadyEndpoint {
  /** The endpoint's hostname, or its address with dashes. */
  readonly label: string;
  readonly addresses: readonly string[];
}

function endpointsIn(slice: EndpointSlice): readonly ReadyEndpoint[] {
  // Go clients send empty lists as null.
  const endpoints = (slice.endpoints as EndpointSlice['endpoints'] | null | undefined) ?? [];
  return endpoints.flatMap(({ addresses, conditions, hostname }): readonly ReadyEndpoint[] => {
    const list = (addresses as readonly string[] | null | undefined) ?? [];
    const first = list[0];
    if (conditions?.ready === false || first === undefined) return [];
    const named = hostname !== undefined && hostname !== '';
    const label = named ? hostname.toLowerCase() : first.replaceAll(/[.:]/g, '-');
    return [{ label, addresses: list }];
  });
}

/** DNS5: ClusterIPs first; then every Service whose ready endpoint it is, by the endpoint's hostname or its address with dashes. */
function pointerRecords(
  question: Question,
  zone: DomainName,
  objects: DnsObjects,
  options: KubernetesZoneOptions,
): readonly ResourceRecord[] | undefined {
  const text = addressOfReverseName(question.name);
  const address = text === undefined ? undefined : canonicalAddress(text);
  const domain = options.zones.find((each) => !isReverseZone(each)) ?? zone;
  if (address === undefined) return undefined;
  const pointer = (target: DomainName): ResourceRecord =>
    recordOf(question.name, options, { type: 'PTR', target });
  const service = objects
    .services()
    .find(
      ({ spec }) =>
        spec?.clusterIPs?.some((ip) => canonicalAddress(ip) === address) ?? spec?.clusterIP === address,
    );
  if (service !== undefined)
    return [pointer(`${service.metadata?.name ?? ''}.${service.metadata?.namespace ?? ''}.svc.${domain}`)];
  return objects.slices().flatMap((slice) => {
    const name = slice.metadata?.labels?.[SERVICE_NAME_LABEL];
    if (name === undefined) return [];
    return endpointsIn(slice)
      .filter(({ addresses }) => addresses.some((ip) => canonicalAddress(ip) === address))
      .map(({ label }) => pointer(`${label}.${name}.${slice.metadata?.namespace ?? ''}.svc.${domain}`));
  });
}

function isReverseZone(zone: DomainName): boolean {
  return isInZone(zone, 'in-addr.arpa.') || isInZone(zone, 'ip6.arpa.');
}

interface Rendered {
  readonly answers: readonly ResourceRecord[];
  readonly additionals: readonly ResourceRecord[];
}

const NOTHING: Rendered = { answers: [], additionals: [] };

function render(
  question: Question,
  zone: DomainName,
  list: readonly Host[],
  objects: DnsObjects,
  options: KubernetesZoneOptions,
): Rendered {
  switch (question.type) {
    case 'A':
    case 'AAAA':
      return { answers: addressRecords(question, zone, list, objects, options, 0), additionals: [] };
    case 'CNAME':
      return {
        answers: list.flatMap(({ to }) =>
          to.kind === 'alias' ? [aliasRecord(question.name, to.target, options)] : [],
        ),
        additionals: [],
      };
    case 'SRV':
      return serviceRecords(question.name, list, options);
    default:
      return NOTHING;
  }
}

function aliasRecord(name: DomainName, target: DomainName, options: KubernetesZoneOptions): ResourceRecord {
  return recordOf(name, options, { type: 'CNAME', target });
}

/** An alias into the zone is followed here; one out of it is left to the client's resolver. */
function addressRecords(
  question: Question,
  zone: DomainName,
  list: readonly Host[],
  objects: DnsObjects,
  options: KubernetesZoneOptions,
  depth: number,
): readonly ResourceRecord[] {
  const bits = question.type === 'A' ? 32 : 128;
  const records: ResourceRecord[] = [];
  const seen = new Set<IpAddress>();
  for (const { to } of list) {
    if (to.kind === 'alias') {
      const alias = aliasRecord(question.name, to.target, options);
      if (!isInZone(to.target, zone)) records.push(alias);
      else if (depth < MAX_CNAME_CHAIN) {
        const next = lookUp(to.target, zone, objects, options);
        const asked = { ...question, name: to.target };
        const further = next.exists
          ? addressRecords(asked, zone, next.hosts, objects, options, depth + 1)
          : [];
        if (further.length > 0) records.push(alias, ...further);
      }
      continue;
    }
    if (parseAddress(to.address)?.bits !== bits || seen.has(to.address)) continue;
    seen.add(to.address);
    records.push(
      recordOf(question.name, options, { type: question.type === 'A' ? 'A' : 'AAAA', address: to.address }),
    );
  }
  return records;
}

/**
 * DNS4. Weights share 100 equally, as CoreDNS gives them: among all endpoints, those without a port too, of which
 * no record tells. The addresses of the targets come along.
 */
function serviceRecords(name: DomainName, list: readonly Host[], options: KubernetesZoneOptions): Rendered {
  const weight = Math.max(1, Math.floor(100 / Math.max(1, list.length)));
  const reachable = list.filter(({ to, port }) => to.kind === 'address' && port !== NO_PORT);
  const answers = new Map<string, ResourceRecord>();
  const additionals = new Map<string, ResourceRecord>();
  for (const { owner, to, port } of reachable) {
    if (to.kind !== 'address') continue;
    answers.set(
      `${owner} ${port}`,
      recordOf(name, options, { type: 'SRV', priority: 0, weight, port, target: owner }),
    );
    const type = to.address.includes(':') ? 'AAAA' : 'A';
    additionals.set(`${owner} ${to.address}`, recordOf(owner, options, { type, address: to.address }));
  }
  return { answers: [...answers.values()], additionals: [...additionals.values()] };
}
