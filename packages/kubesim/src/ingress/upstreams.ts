import type { SocketAddress } from '@podwire/netsim';
import type { Service, ServicePort } from 'kubernetes-types/core/v1';
import type { KubeClient } from '../api/client.ts';
import type { RouteBackend } from './routes.ts';

/** The ready endpoints behind a backend, in the order of their slices. Empty when the Service or its port is missing. */
export function endpointsOf(client: KubeClient, backend: RouteBackend): readonly SocketAddress[] {
  const service = client.get('Service', backend.namespace, backend.service);
  const port = service === undefined ? undefined : portOf(service, backend.port);
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

function portOf(service: Service, wanted: number | string): ServicePort | undefined {
  return service.spec?.ports?.find(({ name, port }) =>
    typeof wanted === 'number' ? port === wanted : name === wanted,
  );
}

/** `namespace-service-port`, as ingress-nginx names an upstream in its log. */
export function upstreamName({ namespace, service, port }: RouteBackend): string {
  return `${namespace}-${service}-${port}`;
}
