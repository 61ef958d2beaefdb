import type { SimulatedCluster } from '@podwire/kubesim';
import { isIpv4, isIpv6 } from '@podwire/netsim';
import { askApi } from '../cluster/create-object.ts';

/** Where a host's traffic enters the cluster: what the DNS of the world outside would say. */
export interface Entrance {
  readonly address: string;
  /** `Gateway shop/web`. */
  readonly label: string;
}

const GATEWAY_API = '/apis/gateway.networking.k8s.io/v1';

interface Named {
  readonly metadata: { readonly name: string; readonly namespace: string };
}

interface GatewayObject extends Named {
  readonly spec: { readonly listeners?: readonly { readonly hostname?: string; readonly port: number }[] };
  readonly status?: { readonly addresses?: readonly { readonly value: string }[] };
}

interface RouteObject extends Named {
  readonly spec: {
    readonly hostnames?: readonly string[];
    readonly parentRefs?: readonly {
      readonly kind?: string;
      readonly name: string;
      readonly namespace?: string;
    }[];
  };
}

interface IngressObject extends Named {
  readonly spec: {
    readonly defaultBackend?: unknown;
    readonly rules?: readonly { readonly host?: string }[];
  };
  readonly status?: {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] };
  };
}

/**
 * The Ingress or Gateway that serves a host which is no name of the cluster's own; one that names the host goes before
 * one that takes any.
 */
export function entranceOf(cluster: SimulatedCluster, host: string, port: number): Entrance | undefined {
  if (isIpv4(host) || isIpv6(host) || isClusterName(cluster, host)) return undefined;
  const entrances = [...ingressEntrances(cluster, host), ...gatewayEntrances(cluster, host, port)];
  return entrances.find(({ byName }) => byName) ?? entrances[0];
}

interface Found extends Entrance {
  readonly byName: boolean;
}

/** A Service's name, alone or with its namespace, and all that ends as names of Services do. */
function isClusterName(cluster: SimulatedCluster, host: string): boolean {
  const [name = '', namespace, ...more] = host.split('.');
  if (namespace === undefined || host.endsWith('.cluster.local')) return true;
  if (more.length > 0) return more.length === 1 && more[0] === 'svc';
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${encodeURIComponent(name)}`;
  return askApi(cluster.api, 'GET', path).status === 200;
}

function ingressEntrances(cluster: SimulatedCluster, host: string): readonly Found[] {
  const ingresses = listed(cluster, '/apis/networking.k8s.io/v1/ingresses') as readonly IngressObject[];
  return ingresses.flatMap((ingress) => {
    const address = ingress.status?.loadBalancer?.ingress?.[0]?.ip;
    const { rules = [], defaultBackend } = ingress.spec;
    const hosts = rules.map((rule) => rule.host);
    const byName = hosts.some((named) => named !== undefined && covers(named, host));
    const serves = byName || hosts.includes(undefined) || defaultBackend !== undefined;
    return address === undefined || !serves ? [] : [{ address, label: `Ingress ${nameOf(ingress)}`, byName }];
  });
}

function gatewayEntrances(cluster: SimulatedCluster, host: string, port: number): readonly Found[] {
  const routes = listed(cluster, `${GATEWAY_API}/httproutes`) as readonly RouteObject[];
  const gateways = listed(cluster, `${GATEWAY_API}/gateways`) as readonly GatewayObject[];
  return gateways.flatMap((gateway) => {
    const address = gateway.status?.addresses?.[0]?.value;
    const listeners = (gateway.spec.listeners ?? []).filter((listener) => listener.port === port);
    const open = listeners.filter(({ hostname }) => hostname === undefined || covers(hostname, host));
    const hostnames = routes
      .filter((route) => isParent(gateway, route))
      .map((route) => route.spec.hostnames ?? []);
    const routeNames = hostnames.some((names) => names.some((name) => covers(name, host)));
    const routeTakesAny = hostnames.some((names) => names.length === 0);
    if (address === undefined || open.length === 0 || (!routeNames && !routeTakesAny)) return [];
    const byName = routeNames || open.some(({ hostname }) => hostname !== undefined);
    return [{ address, label: `Gateway ${nameOf(gateway)}`, byName }];
  });
}

function isParent({ metadata }: GatewayObject, route: RouteObject): boolean {
  return (route.spec.parentRefs ?? []).some(
    ({ kind = 'Gateway', name, namespace = route.metadata.namespace }) =>
      kind === 'Gateway' && name === metadata.name && namespace === metadata.namespace,
  );
}

/** Whether a host name, or one with `*` for its first labels, means this host; the controllers decide the rest. */
function covers(pattern: string, host: string): boolean {
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : pattern === host;
}

function nameOf({ metadata }: Named): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** None where the cluster has no such kind. */
function listed(cluster: SimulatedCluster, path: string): readonly unknown[] {
  const { status, body } = askApi(cluster.api, 'GET', path);
  return status === 200 ? (body as { readonly items: readonly unknown[] }).items : [];
}
