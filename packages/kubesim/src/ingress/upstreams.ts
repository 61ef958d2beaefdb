import type { SocketAddress } from '@podwire/netsim';
import type { ServicePort } from 'kubernetes-types/core/v1';
import type { KubeClient } from '../api/client.ts';
import type { RouteBackend } from './routes.ts';

/** The ready endpoints of a Service's first port that is meant, in the order of their slices. */
export function endpointsOf(
  client: KubeClient,
  backend: Pick<RouteBackend, 'namespace' | 'service'>,
  isMeant: (port: ServicePort) => boolean,
): readonly SocketAddress[] {
  const port = client.get('Service', backend.namespace, backend.service)?.spec?.ports?.find(isMeant);
  if (port === undefined) return [];
  const slices = client.list('EndpointSlice', {
    namespace: backend.namespace,
    labelSelector: `kubernetes.io/service-name=${backend.service}`,
  });
  return slices.flatMap((slice) => {
    const target = slice.ports?.find(
      ({ name = '', protocol = 'TCP' }) => name === (port.name ?? '') && protocol === 'TCP',
    )?.port;
    if (target === undefined) return [];
    // An empty list is null in the API.
    return ((slice.endpoints as typeof slice.endpoints | null) ?? [])
      .filter(({ conditions }) => conditions?.ready !== false)
      .flatMap(({ addresses: [address] }) => (address === undefined ? [] : [{ address, port: target }]));
  });
}

/** Whether an Ingress means this port of its backend: ingress-nginx takes its number, its targetPort or its name. */
export function isBackendPort(
  wanted: RouteBackend['port'],
  { name, port, targetPort = port }: ServicePort,
): boolean {
  return [port, targetPort, name].some((each) => String(each ?? '') === String(wanted));
}

/** `namespace-service-port`, as ingress-nginx names an upstream in its log. */
export function upstreamName({ namespace, service, port }: RouteBackend): string {
  return `${namespace}-${service}-${port}`;
}
