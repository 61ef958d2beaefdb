import type { Deployment } from 'kubernetes-types/apps/v1';
import type { Service } from 'kubernetes-types/core/v1';
import { GATEWAY_GROUP } from './model.ts';
import type { Gateway } from './model.ts';

export const GATEWAY_NAME_LABEL = 'gateway.networking.k8s.io/gateway-name';
const IMAGE = 'docker.io/envoyproxy/envoy:v1.35.3';

/** The name of what carries a Gateway's traffic: `<gateway>-<class>`, as several implementations have it. */
export function carrierName({ metadata, spec }: Gateway): string {
  return `${metadata.name ?? ''}-${spec.gatewayClassName}`;
}

/** The pods of one Gateway and the Service that publishes them. They belong to it, and go with it. */
export function gatewayObjects(
  gateway: Gateway,
  options: { readonly loadBalancer: boolean },
): { readonly service: Service; readonly deployment: Deployment } {
  const ports = new Map(
    gateway.spec.listeners
      .filter(({ protocol }) => protocol === 'HTTP' || protocol === 'HTTPS')
      .map(({ port, protocol }) => [port, protocol]),
  );
  const labels = { [GATEWAY_NAME_LABEL]: gateway.metadata.name ?? '' };
  const metadata = {
    name: carrierName(gateway),
    namespace: gateway.metadata.namespace ?? 'default',
    labels,
    ownerReferences: [
      {
        apiVersion: `${GATEWAY_GROUP}/v1`,
        kind: 'Gateway',
        name: gateway.metadata.name ?? '',
        uid: gateway.metadata.uid ?? '',
        controller: true,
      },
    ],
  };
  return {
    service: {
      metadata,
      spec: {
        type: options.loadBalancer ? 'LoadBalancer' : 'NodePort',
        selector: labels,
        ports: [...ports].map(([port, protocol]) => ({
          name: `${protocol.toLowerCase()}-${port}`,
          port,
          protocol: 'TCP',
          targetPort: port,
        })),
      },
    },
    deployment: {
      metadata,
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            automountServiceAccountToken: false,
            containers: [
              {
                name: 'proxy',
                image: IMAGE,
                args: [...ports].map(([port, protocol]) => `--${protocol.toLowerCase()}=${port}`),
                ports: [...ports.keys()].map((containerPort) => ({ containerPort, protocol: 'TCP' })),
                readinessProbe: { httpGet: { path: '/ready', port: 19_001 }, periodSeconds: 5 },
              },
            ],
          },
        },
      },
    },
  };
}
