import type { Deployment } from 'kubernetes-types/apps/v1';
import type { Namespace, Service, ServiceAccount } from 'kubernetes-types/core/v1';
import type { IngressClass } from 'kubernetes-types/networking/v1';
import type { ClusterConfig } from '../config.ts';
import { CONTROLLER } from './routes.ts';

export const INGRESS_NAMESPACE = 'ingress-nginx';
export const INGRESS_CONTROLLER_NAME = 'ingress-nginx-controller';
const IMAGE = 'registry.k8s.io/ingress-nginx/controller:v1.13.3';

const LABELS = {
  'app.kubernetes.io/name': 'ingress-nginx',
  'app.kubernetes.io/instance': 'ingress-nginx',
  'app.kubernetes.io/component': 'controller',
} as const;

export interface IngressObjects {
  readonly namespace: Namespace;
  readonly account: ServiceAccount;
  readonly ingressClass: IngressClass;
  readonly service: Service;
  readonly deployment: Deployment;
}

/**
 * What an ingress controller needs, under ingress-nginx's own names: reached by a load balancer where the
 * cluster has one, else by node ports. It is a pod like others: policies hold for it (ING12).
 */
export function ingressObjects(config: ClusterConfig, className: string): IngressObjects {
  const metadata = { name: INGRESS_CONTROLLER_NAME, namespace: INGRESS_NAMESPACE, labels: LABELS };
  return {
    namespace: { metadata: { name: INGRESS_NAMESPACE, labels: LABELS } },
    account: { metadata: { name: 'ingress-nginx', namespace: INGRESS_NAMESPACE, labels: LABELS } },
    ingressClass: { metadata: { name: className, labels: LABELS }, spec: { controller: CONTROLLER } },
    service: {
      metadata,
      spec: {
        type: config.loadBalancer === undefined ? 'NodePort' : 'LoadBalancer',
        ...(config.loadBalancer === undefined ? {} : { externalTrafficPolicy: 'Local' as const }),
        selector: LABELS,
        ports: [
          { name: 'http', port: 80, targetPort: 'http', appProtocol: 'http' },
          { name: 'https', port: 443, targetPort: 'https', appProtocol: 'https' },
        ],
      },
    },
    deployment: {
      metadata,
      spec: {
        replicas: 1,
        selector: { matchLabels: LABELS },
        template: {
          metadata: { labels: LABELS },
          spec: {
            serviceAccountName: 'ingress-nginx',
            containers: [
              {
                name: 'controller',
                image: IMAGE,
                args: [
                  '/nginx-ingress-controller',
                  `--controller-class=${CONTROLLER}`,
                  `--publish-service=${INGRESS_NAMESPACE}/${INGRESS_CONTROLLER_NAME}`,
                ],
                ports: [
                  { name: 'http', containerPort: 80, protocol: 'TCP' },
                  { name: 'https', containerPort: 443, protocol: 'TCP' },
                ],
                livenessProbe: {
                  httpGet: { path: '/healthz', port: 10254 },
                  initialDelaySeconds: 10,
                  periodSeconds: 10,
                },
                readinessProbe: { httpGet: { path: '/healthz', port: 10254 }, periodSeconds: 10 },
              },
            ],
          },
        },
      },
    },
  };
}
