import type { Pod } from 'kubernetes-types/core/v1';
import type { NetworkPolicy } from 'kubernetes-types/networking/v1';
import type { Bench } from '../bench/bench.ts';
import { CANARY_LABELS, HOST_PORT, WATCH_NAMESPACE } from '../world/world.ts';
import { containerName } from './manifests.ts';
import { ask, listOf, pathOf } from './collections.ts';

/** The name of the Service and the policy that are changed last of all. */
export const CANARY = 'canary';
const PORTS = [80, 81] as const;
type CanaryPort = (typeof PORTS)[number];

/**
 * Changes one policy and one Service after all others of a world: where a node's rules have this change,
 * they have the others too, since both kinds of agents write their rules whole.
 * @returns the one port that the canaries' policy now allows, and their Service now leads to.
 */
export async function turnCanary(bench: Bench): Promise<CanaryPort> {
  const policies = await listOf<NetworkPolicy>(bench, 'networkpolicies', WATCH_NAMESPACE);
  const before = policies.find(({ metadata }) => metadata?.name === CANARY);
  const port = before?.spec?.ingress?.[0]?.ports?.[0]?.port === PORTS[0] ? PORTS[1] : PORTS[0];
  await put(bench, 'networkpolicies', before !== undefined, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { namespace: WATCH_NAMESPACE, name: CANARY },
    spec: { podSelector: { matchLabels: CANARY_LABELS }, ingress: [{ ports: [{ port }] }] },
  });
  const services = await listOf<{ readonly metadata?: { readonly name?: string } }>(
    bench,
    'services',
    WATCH_NAMESPACE,
  );
  const made = services.some(({ metadata }) => metadata?.name === CANARY);
  await put(bench, 'services', made, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: WATCH_NAMESPACE, name: CANARY },
    // From a node, the node's own rules are asked: the port is the Service's own, so that it shows at once.
    spec: {
      selector: { role: 'host' },
      ports: [{ port, targetPort: HOST_PORT }],
      internalTrafficPolicy: 'Local',
    },
  });
  return port;
}

async function put(
  bench: Bench,
  collection: 'networkpolicies' | 'services',
  made: boolean,
  body: { readonly spec: unknown; readonly [field: string]: unknown },
): Promise<void> {
  await ask(
    bench,
    made
      ? {
          method: 'PATCH',
          path: pathOf(collection, WATCH_NAMESPACE, CANARY),
          contentType: 'application/merge-patch+json',
          body: { spec: body.spec },
        }
      : { method: 'POST', path: pathOf(collection, WATCH_NAMESPACE), body },
  );
}

/** Short, since one side of each look is to be silent. */
const PATIENCE_SECONDS = 0.4;

export async function waitForCanaries(bench: Bench, port: CanaryPort): Promise<void> {
  const pods = await listOf<Pod>(bench, 'pods', WATCH_NAMESPACE);
  const address = (name: string): string =>
    pods.find(({ metadata }) => metadata?.name === name)?.status?.podIP ?? '';
  const { json } = await bench.request({
    method: 'GET',
    path: pathOf('services', WATCH_NAMESPACE, CANARY),
  });
  const { clusterIP = '' } = (json as { readonly spec: { readonly clusterIP?: string } }).spec;
  const closed = PORTS.find((candidate) => candidate !== port) ?? PORTS[0];
  const get = (host: string, at: number): string =>
    `curl -s -o /dev/null -m ${PATIENCE_SECONDS} http://${host}:${at}/hostname`;
  // A node reaches its own pods whatever policies say (NP24), so each node's rules are asked from the other.
  for (const [from, to] of [
    ['host0', 'canary1'],
    ['host1', 'canary0'],
  ] as const)
    await bench.until(`the rules of the node of ${to}`, async () => {
      const script = `${get(address(to), port)} && ${get(clusterIP, port)} && ! ${get(address(to), closed)}`;
      const run = await bench.exec(
        { namespace: WATCH_NAMESPACE, name: from, container: containerName(HOST_PORT) },
        ['sh', '-c', script],
      );
      return run.code === 0;
    });
}
