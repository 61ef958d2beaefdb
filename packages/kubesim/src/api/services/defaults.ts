import type { Service } from 'kubernetes-types/core/v1';

/** SVC17. */
const AFFINITY_SECONDS = 10_800;

/** core/v1 SetDefaults_Service. */
export function defaultService(service: Service): void {
  service.spec ??= {};
  const { spec } = service;
  spec.type ??= 'ClusterIP';
  spec.sessionAffinity ??= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (
    spec.sessionAffinity === 'ClientIP' &&
    spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined
  )
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: AFFINITY_SECONDS } };
  for (const port of spec.ports ?? []) {
    port.protocol ??= 'TCP';
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '')
      port.targetPort = port.port;
  }
  if (isExternallyAccessible(service)) spec.externalTrafficPolicy ??= 'Cluster';
  if (spec.type === 'NodePort' || spec.type === 'LoadBalancer' || spec.type === 'ClusterIP')
    spec.internalTrafficPolicy ??= 'Cluster';
  if (spec.type === 'LoadBalancer') {
    spec.allocateLoadBalancerNodePorts ??= true;
    for (const ingress of service.status?.loadBalancer?.ingress ?? [])
      if (ingress.ip !== undefined) ingress.ipMode ??= 'VIP';
  }
}

export function isExternallyAccessible(service: Service): boolean {
  const { spec } = service;
  return (
    spec?.type === 'LoadBalancer' ||
    spec?.type === 'NodePort' ||
    (spec?.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0)
  );
}
