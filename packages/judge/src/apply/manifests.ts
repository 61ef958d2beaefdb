import type { Pod } from 'kubernetes-types/core/v1';
import type { World, WorldPod, WorldServer, WorldSlice } from '../world/world.ts';

const IMAGE = 'registry.k8s.io/e2e-test-images/agnhost:2.39';
/** Two pods whose manifests differ in more than labels are two pods. */
export const MANIFEST_ANNOTATION = 'judge/manifest';

export function podManifest(pod: WorldPod, nodeName: string): Pod {
  const { namespace, name, hostNetwork, hostname, subdomain, servers, ready } = pod;
  const spec: Pod['spec'] = {
    nodeName,
    terminationGracePeriodSeconds: 0,
    automountServiceAccountToken: false,
    ...(hostNetwork ? { hostNetwork, dnsPolicy: 'ClusterFirstWithHostNet' } : {}),
    ...(hostname === undefined ? {} : { hostname }),
    ...(subdomain === undefined ? {} : { subdomain }),
    containers: servers.map((server) => container(server, ready)),
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace,
      name,
      labels: { ...pod.labels },
      annotations: { [MANIFEST_ANNOTATION]: JSON.stringify(spec) },
    },
    spec,
  };
}

function container(
  { port, tcpName, udpName }: WorldServer,
  ready: boolean,
): NonNullable<Pod['spec']>['containers'][number] {
  const named = (name: string | undefined): { readonly name?: string } =>
    name === undefined ? {} : { name };
  return {
    name: containerName(port),
    image: IMAGE,
    args: ['netexec', `--http-port=${port}`, `--udp-port=${port}`],
    ports: [
      { ...named(tcpName), containerPort: port },
      { ...named(udpName), containerPort: port, protocol: 'UDP' },
    ],
    // Nothing listens on port 9: a pod that runs, answers, and never is ready.
    ...(ready ? {} : { readinessProbe: { tcpSocket: { port: 9 }, periodSeconds: 1 } }),
  };
}

export function containerName(port: number): string {
  return `s${port}`;
}

/** The object of a hand-made slice, addresses as words. */
export function sliceManifest({ namespace, service, endpoints, ports }: WorldSlice): unknown {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace, name: `${service}-by-hand`, labels: { 'kubernetes.io/service-name': service } },
    addressType: 'IPv4',
    endpoints: endpoints.map((ref) => ({ addresses: [`\${ip:${ref}}`], conditions: { ready: true } })),
    ports,
  };
}

export function serviceManifest({ namespace, name, spec }: World['services'][number]): unknown {
  return { apiVersion: 'v1', kind: 'Service', metadata: { namespace, name }, spec };
}

export function policyManifest({ namespace, name, spec }: World['policies'][number]): unknown {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { namespace, name },
    spec,
  };
}
