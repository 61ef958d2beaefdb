import type { Place, ProbeRequest, SimulatedCluster } from '@podwire/kubesim';
import { isIpv4, isIpv6 } from '@podwire/netsim';
import { askApi } from '../cluster/create-object.ts';
import { entranceOf } from './entrances.ts';

export const FROM_NOTATION =
  'pod/[namespace/]name, deploy/[namespace/]name, node/name, outside/address or toolbox';
export const TO_NOTATION =
  'pod/[namespace/]name:port, svc/[namespace/]name[:port], node/name:port, lb/[namespace/]name[:port], address:port, name:port, http://… or https://…';

/** This network, loopback, multicast and what is reserved (RFC 1122, 3.2.1.3): nobody sends from there. */
const NO_HOST = /^(?:0|127|22[4-9]|2[3-5]\d)\./;

export type FromOutcome =
  { readonly ok: true; readonly place: Place } | { readonly ok: false; readonly message: string };

/** Reads where a trace starts. */
export function readFrom(text: string, namespace: string, cluster: SimulatedCluster): FromOutcome {
  const [kind = '', ...rest] = text.split('/');
  if (text === 'toolbox') return { ok: true, place: { kind: 'toolbox' } };
  if (kind === 'outside' && rest.length === 1) {
    const [address = ''] = rest;
    return (isIpv4(address) && !NO_HOST.test(address)) || isIpv6(address)
      ? { ok: true, place: { kind: 'outside', address } }
      : { ok: false, message: `--from "${text}": "${address}" is no address of a host.` };
  }
  if (kind === 'node' && rest.length === 1) return { ok: true, place: { kind: 'node', name: rest[0] ?? '' } };
  const named = nameOf(rest, namespace);
  if (named === undefined) return { ok: false, message: `--from "${text}": write ${FROM_NOTATION}.` };
  if (kind === 'pod' || kind === 'po') return { ok: true, place: { kind: 'pod', ...named } };
  const workload = WORKLOADS[kind];
  if (workload === undefined) return { ok: false, message: `--from "${text}": write ${FROM_NOTATION}.` };
  const pod = podOf(cluster, workload, named);
  return pod === undefined
    ? { ok: false, message: `--from "${text}": no pod of it runs.` }
    : { ok: true, place: { kind: 'pod', namespace: named.namespace, name: pod } };
}

const WORKLOADS: Readonly<Record<string, string>> = {
  deploy: 'Deployment',
  deployment: 'Deployment',
  sts: 'StatefulSet',
  statefulset: 'StatefulSet',
  ds: 'DaemonSet',
  daemonset: 'DaemonSet',
};

interface Named {
  readonly namespace: string;
  readonly name: string;
}

function nameOf(parts: readonly string[], namespace: string): Named | undefined {
  const [first = '', second] = parts;
  if (first === '' || second === '' || parts.length > 2) return undefined;
  return second === undefined ? { namespace, name: first } : { namespace: first, name: second };
}

/** Pods are named after their controller; of a Deployment, after its ReplicaSet. */
function podOf(cluster: SimulatedCluster, kind: string, { namespace, name }: Named): string | undefined {
  const { body } = askApi(cluster.api, 'GET', `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`);
  const { items = [] } = body as { readonly items?: readonly PodObject[] };
  return items
    .filter(({ status }) => status?.phase === 'Running')
    .find(({ metadata }) =>
      (metadata.ownerReferences ?? []).some((owner) =>
        kind === 'Deployment'
          ? owner.kind === 'ReplicaSet' && owner.name.slice(0, owner.name.lastIndexOf('-')) === name
          : owner.kind === kind && owner.name === name,
      ),
    )?.metadata.name;
}

interface PodObject {
  readonly metadata: {
    readonly name: string;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
  };
  readonly status?: { readonly phase?: string };
}

export interface Target {
  readonly to: ProbeRequest['to'];
  readonly port: number;
  readonly http?: NonNullable<ProbeRequest['http']>;
  /** For asking which endpoints there were. */
  readonly service?: Named;
  /** `service default/db, TCP 6379`, without the protocol. */
  readonly label: string;
}

export type TargetOutcome =
  { readonly ok: true; readonly target: Target } | { readonly ok: false; readonly message: string };

/** Reads where a trace goes to. */
export function readTo(
  text: string,
  namespace: string,
  cluster: SimulatedCluster,
  protocol: ProbeRequest['protocol'],
): TargetOutcome {
  const wrong: TargetOutcome = { ok: false, message: `--to "${text}": write ${TO_NOTATION}.` };
  if (/^https?:/.test(text)) return readUrl(text, cluster);
  const [, kind, where = ''] = /^(po|pod|svc|service|node|lb)\/(.+)$/.exec(text) ?? [];
  const { host, port } = splitPort(kind === undefined ? text : where);
  const number = port !== undefined && /^\d{1,5}$/.test(port) ? Number(port) : undefined;
  if (number !== undefined && (number < 1 || number > 65_535)) return wrong;
  const needsPort = protocol !== 'icmp';
  if (kind === undefined) {
    if (host === '' || host.includes('/') || (needsPort && number === undefined)) return wrong;
    return found({ to: { kind: 'host', host }, port: number ?? 0, label: host });
  }
  if (kind === 'node') {
    const address = nodeAddress(cluster, host);
    if (address === undefined) return { ok: false, message: `--to "${text}": there is no node ${host}.` };
    if (needsPort && number === undefined) return wrong;
    return found({
      to: { kind: 'host', host: address },
      port: number ?? 0,
      label: `node ${host} (${address})`,
    });
  }
  const named = nameOf(host.split('/'), namespace);
  if (named === undefined) return wrong;
  if (kind === 'pod' || kind === 'po') {
    if (needsPort && number === undefined) return wrong;
    return found({
      to: { kind: 'pod', ...named },
      port: number ?? 0,
      label: `pod ${named.namespace}/${named.name}`,
    });
  }
  return readService(text, kind === 'lb', named, port, cluster);
}

function found(target: Target): TargetOutcome {
  return { ok: true, target };
}

/** The port after the last colon, IPv6 addresses in brackets. */
function splitPort(text: string): { readonly host: string; readonly port?: string } {
  const bracketed = /^\[([0-9a-fA-F:.]+)\](?::(\w[\w-]*))?$/.exec(text);
  if (bracketed !== null) return withPort(bracketed[1] ?? '', bracketed[2]);
  if (isIpv6(text)) return { host: text };
  const plain = /^([^:]+)(?::([\w-]+))?$/.exec(text);
  return withPort(plain?.[1] ?? '', plain?.[2]);
}

function withPort(host: string, port: string | undefined): { readonly host: string; readonly port?: string } {
  return port === undefined ? { host } : { host, port };
}

/** A host that an Ingress or a Gateway serves is asked for there: the cluster's own DNS does not know it. */
function readUrl(text: string, cluster: SimulatedCluster): TargetOutcome {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return { ok: false, message: `--to "${text}" is no URL.` };
  }
  const secure = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  const entrance = entranceOf(cluster, host, port);
  return found({
    to: { kind: 'host', host: entrance?.address ?? host },
    port,
    http: {
      path: `${url.pathname}${url.search}`,
      host: url.host,
      ...(secure ? { tls: { host } } : {}),
    },
    label: entrance === undefined ? text : `${text} by ${entrance.label} (${entrance.address})`,
  });
}

interface ServiceObject {
  readonly spec: { readonly ports?: readonly { readonly name?: string; readonly port: number }[] };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] } };
}

function readService(
  text: string,
  balancer: boolean,
  named: Named,
  port: string | undefined,
  cluster: SimulatedCluster,
): TargetOutcome {
  const path = `/api/v1/namespaces/${encodeURIComponent(named.namespace)}/services/${encodeURIComponent(named.name)}`;
  const { status, body } = askApi(cluster.api, 'GET', path);
  if (status !== 200)
    return { ok: false, message: `--to "${text}": there is no Service ${named.namespace}/${named.name}.` };
  const service = body as ServiceObject;
  const ports = service.spec.ports ?? [];
  const byName = ports.find(({ name }) => name === port)?.port;
  const number =
    port === undefined ? ports[0]?.port : (byName ?? (/^\d+$/.test(port) ? Number(port) : undefined));
  if (number === undefined)
    return {
      ok: false,
      message: `--to "${text}": the Service has no such port; it has ${ports.map(({ name, port: own }) => name ?? String(own)).join(', ') || 'none'}.`,
    };
  const label = `Service ${named.namespace}/${named.name}`;
  if (!balancer) return found({ to: { kind: 'service', ...named }, port: number, service: named, label });
  const address = service.status?.loadBalancer?.ingress?.[0]?.ip;
  return address === undefined
    ? {
        ok: false,
        message: `--to "${text}": the Service has no load balancer address; its type is not LoadBalancer.`,
      }
    : found({
        to: { kind: 'host', host: address },
        port: number,
        service: named,
        label: `load balancer of ${label} (${address})`,
      });
}

function nodeAddress(cluster: SimulatedCluster, name: string): string | undefined {
  const { status, body } = askApi(cluster.api, 'GET', `/api/v1/nodes/${encodeURIComponent(name)}`);
  if (status !== 200) return undefined;
  const { addresses = [] } = (
    body as { status: { addresses?: readonly { type: string; address: string }[] } }
  ).status;
  return addresses.find(({ type }) => type === 'InternalIP')?.address;
}

export interface Candidate {
  readonly address: string;
  readonly port: number;
  readonly pod?: string;
  readonly ready: boolean;
}

/** Every endpoint that the Service's port could have led to. */
export function candidatesOf(cluster: SimulatedCluster, target: Target): readonly Candidate[] {
  const { service } = target;
  if (service === undefined) return [];
  const root = `/api/v1/namespaces/${encodeURIComponent(service.namespace)}/services/${encodeURIComponent(service.name)}`;
  const ports = (askApi(cluster.api, 'GET', root).body as ServiceObject).spec.ports ?? [];
  const name = ports.find(({ port }) => port === target.port)?.name ?? '';
  const { body } = askApi(
    cluster.api,
    'GET',
    `/apis/discovery.k8s.io/v1/namespaces/${encodeURIComponent(service.namespace)}/endpointslices`,
    { query: { labelSelector: `kubernetes.io/service-name=${service.name}` } },
  );
  const { items = [] } = body as { readonly items?: readonly SliceObject[] };
  return items.flatMap(({ endpoints, ports: own }) => {
    const port = own?.find((each) => (each.name ?? '') === name)?.port;
    if (port === undefined) return [];
    return (endpoints ?? []).flatMap(({ addresses, conditions, targetRef }) =>
      addresses
        .filter((address) => isIpv4(address) || isIpv6(address))
        .map((address) => ({
          address,
          port,
          ready: conditions?.ready !== false,
          ...(targetRef?.name === undefined
            ? {}
            : { pod: `${targetRef.namespace ?? service.namespace}/${targetRef.name}` }),
        })),
    );
  });
}

interface SliceObject {
  readonly endpoints?: readonly {
    readonly addresses: readonly string[];
    readonly conditions?: { readonly ready?: boolean };
    readonly targetRef?: { readonly namespace?: string; readonly name?: string };
  }[];
  readonly ports?: readonly { readonly name?: string; readonly port?: number }[];
}
