import type { ClusterConfig } from '../config.ts';
import type { ApiServiceObject, ServiceCidrObject } from '../api/client.ts';
import { BUILT_IN_VERSIONS } from '../api/resources/catalog.ts';
import { timestamp } from '../runtime/objects.ts';

/** Where a group stands among the groups, and its version among its versions (controlplane apiVersionPriorities). */
const PRIORITIES: Readonly<Record<string, number>> = {
  '': 18_000,
  apps: 17_800,
  'events.k8s.io': 17_750,
  'authentication.k8s.io': 17_700,
  'authorization.k8s.io': 17_600,
  autoscaling: 17_500,
  batch: 17_400,
  'certificates.k8s.io': 17_300,
  'networking.k8s.io': 17_200,
  policy: 17_100,
  'rbac.authorization.k8s.io': 17_000,
  'storage.k8s.io': 16_800,
  'apiextensions.k8s.io': 16_700,
  'admissionregistration.k8s.io': 16_700,
  'scheduling.k8s.io': 16_600,
  'coordination.k8s.io': 16_500,
  'node.k8s.io': 16_300,
  'discovery.k8s.io': 16_200,
  'flowcontrol.apiserver.k8s.io': 16_100,
  'resource.k8s.io': 16_200,
};

/** API17: one APIService for each version that the API server itself serves. */
export function localApiServices(nowMs: number): readonly ApiServiceObject[] {
  return BUILT_IN_VERSIONS.filter(({ group }) => group !== 'apiregistration.k8s.io').map(
    ({ group, version }) => ({
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: {
        name: `${version}.${group}`,
        labels: { 'kube-aggregator.kubernetes.io/automanaged': 'onstart' },
      },
      spec: {
        ...(group === '' ? {} : { group }),
        version,
        groupPriorityMinimum: PRIORITIES[group] ?? 0,
        versionPriority: group === '' ? 1 : group === 'autoscaling' && version === 'v2' ? 30 : 15,
      },
      status: {
        conditions: [
          {
            type: 'Available',
            status: 'True',
            lastTransitionTime: timestamp(nowMs),
            reason: 'Local',
            message: 'Local APIServices are always available',
          },
        ],
      },
    }),
  );
}

/** API17: the range of Service addresses that the API server was started with. */
export function defaultServiceCidr(config: ClusterConfig, nowMs: number): ServiceCidrObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'ServiceCIDR',
    metadata: { name: 'kubernetes', finalizers: ['networking.k8s.io/service-cidr-finalizer'] },
    spec: { cidrs: [...config.serviceCidrs] },
    status: {
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          lastTransitionTime: timestamp(nowMs),
          reason: '',
          message: 'Kubernetes Service CIDR is ready',
        },
      ],
    },
  };
}
