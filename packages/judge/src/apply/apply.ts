import type { Namespace, Node, Pod, Service } from 'kubernetes-types/core/v1';
import type { EndpointSlice } from 'kubernetes-types/discovery/v1';
import type { NetworkPolicy } from 'kubernetes-types/networking/v1';
import type { Bench } from '../bench/bench.ts';
import { refOf, WATCH_NAMESPACE } from '../world/world.ts';
import type { World } from '../world/world.ts';
import { NAMESPACES } from '../world/fleet.ts';
import { CANARY, turnCanary, waitForCanaries } from './canary.ts';
import { ask, listOf, pathOf } from './collections.ts';
import type { Collection } from './collections.ts';
import {
  MANIFEST_ANNOTATION,
  podManifest,
  policyManifest,
  serviceManifest,
  sliceManifest,
} from './manifests.ts';
import { Names } from './names.ts';

/** Every namespace that a world may have: what is not this world's is cleared. */
const ALL_NAMESPACES = [...NAMESPACES, WATCH_NAMESPACE];

export interface Applied {
  readonly names: Names;
  /** What the API server answered to each object that it refused, by `collection namespace/name`. */
  readonly refusals: ReadonlyMap<string, unknown>;
}

/** Makes a cluster be this world, from whatever world it was before, and waits until its rules are in force. */
export async function applyWorld(bench: Bench, world: World): Promise<Applied> {
  await applyNamespaces(bench, world);
  await clear(bench);
  const nodes = await listOf<Node>(bench, 'nodes');
  await applyPods(bench, world, new Names(nodes, []));
  const pods = await allOf<Pod>(bench, 'pods');
  const bare = new Names(nodes, pods);
  const refusals = new Map<string, unknown>();
  const make = async (
    collection: Collection,
    key: string,
    namespace: string,
    body: unknown,
  ): Promise<void> => {
    const answer = await bench.request({
      method: 'POST',
      path: pathOf(collection, namespace),
      body: bare.fillObject(body),
    });
    if (answer.status >= 300) refusals.set(`${collection} ${key}`, answer.json);
  };
  for (const service of world.services)
    await make('services', refOf(service), service.namespace, serviceManifest(service));
  for (const slice of world.slices)
    await make(
      'endpointslices',
      `${slice.namespace}/${slice.service}`,
      slice.namespace,
      sliceManifest(slice),
    );
  for (const policy of world.policies)
    await make('networkpolicies', refOf(policy), policy.namespace, policyManifest(policy));
  await waitForEndpoints(bench, world, refusals);
  await waitForCanaries(bench, await turnCanary(bench));
  return { names: new Names(nodes, pods, await allOf<Service>(bench, 'services')), refusals };
}

async function allOf<T>(bench: Bench, collection: Collection): Promise<readonly T[]> {
  return (
    await Promise.all(ALL_NAMESPACES.map((namespace) => listOf<T>(bench, collection, namespace)))
  ).flat();
}

async function applyNamespaces(bench: Bench, world: World): Promise<void> {
  for (const { name, labels } of [
    ...ALL_NAMESPACES.map((wanted) => ({ name: wanted, labels: {} })),
    ...world.namespaces,
  ]) {
    const path = pathOf('namespaces', '', name);
    const { status, json } = await bench.request({ method: 'GET', path });
    if (status === 404)
      await ask(bench, {
        method: 'POST',
        path: pathOf('namespaces'),
        body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } },
      });
    else if (world.namespaces.some((wanted) => wanted.name === name && wanted.labels === labels)) {
      const current = json as Namespace;
      const body = { ...current, metadata: { ...current.metadata, labels: { ...labels } } };
      await ask(bench, { method: 'PUT', path, body });
    }
  }
  await bench.until('the default service accounts', async () => {
    const answers = await Promise.all(
      ALL_NAMESPACES.map((namespace) =>
        bench.request({ method: 'GET', path: `/api/v1/namespaces/${namespace}/serviceaccounts/default` }),
      ),
    );
    return answers.every(({ status }) => status === 200);
  });
}

/** Services and policies of the world before; the canary's stay. */
async function clear(bench: Bench): Promise<void> {
  const remove = (collection: Collection, namespace: string, name = ''): Promise<unknown> =>
    ask(bench, { method: 'DELETE', path: pathOf(collection, namespace, name) }, [404]);
  await Promise.all(
    ALL_NAMESPACES.map(async (namespace) => {
      const policies = await listOf<NetworkPolicy>(bench, 'networkpolicies', namespace);
      const services = await listOf<Service>(bench, 'services', namespace);
      for (const { metadata } of policies)
        if (metadata?.name !== CANARY) await remove('networkpolicies', namespace, metadata?.name);
      for (const { metadata } of services)
        if (metadata?.name !== CANARY) await remove('services', namespace, metadata?.name);
      const slices = await listOf<EndpointSlice>(bench, 'endpointslices', namespace);
      for (const { metadata } of slices)
        if (metadata?.labels?.['kubernetes.io/service-name'] !== CANARY)
          await remove('endpointslices', namespace, metadata?.name);
    }),
  );
}

async function applyPods(bench: Bench, world: World, names: Names): Promise<void> {
  const wanted = new Map(world.pods.map((pod) => [refOf(pod), podManifest(pod, names.node(pod.node))]));
  const removed: string[] = [];
  for (const pod of await allOf<Pod>(bench, 'pods')) {
    const { namespace = '', name = '' } = pod.metadata ?? {};
    const same =
      wanted.get(`${namespace}/${name}`)?.metadata?.annotations?.[MANIFEST_ANNOTATION] ===
      pod.metadata?.annotations?.[MANIFEST_ANNOTATION];
    if (same) continue;
    removed.push(`${namespace}/${name}`);
    await ask(
      bench,
      { method: 'DELETE', path: pathOf('pods', namespace, name), query: { gracePeriodSeconds: '0' } },
      [404],
    );
  }
  if (removed.length > 0)
    await bench.until(`the end of ${removed.join(', ')}`, async () =>
      (await allOf<Pod>(bench, 'pods')).every(({ metadata }) => metadata?.deletionTimestamp === undefined),
    );
  const present = new Map(
    (await allOf<Pod>(bench, 'pods')).map((pod) => [
      `${pod.metadata?.namespace ?? ''}/${pod.metadata?.name ?? ''}`,
      pod,
    ]),
  );
  for (const [ref, manifest] of wanted) {
    const current = present.get(ref);
    const { namespace = '', name = '', labels = {} } = manifest.metadata ?? {};
    if (current === undefined)
      await ask(bench, { method: 'POST', path: pathOf('pods', namespace), body: manifest });
    else {
      const none = Object.fromEntries(Object.keys(current.metadata?.labels ?? {}).map((key) => [key, null]));
      await ask(bench, {
        method: 'PATCH',
        path: pathOf('pods', namespace, name),
        contentType: 'application/merge-patch+json',
        body: { metadata: { labels: { ...none, ...labels } } },
      });
    }
  }
  const ready = new Map(world.pods.map((pod) => [refOf(pod), pod.ready]));
  await bench.until('the pods', async () =>
    (await allOf<Pod>(bench, 'pods')).every(({ metadata, status }) => {
      const running = status?.containerStatuses?.every(({ state }) => state?.running !== undefined) === true;
      const condition = status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
      return running && condition === ready.get(`${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`);
    }),
  );
}

/** Each Service that selects by labels and has numbers for target ports: its slices hold the pods that it selects. */
async function waitForEndpoints(
  bench: Bench,
  world: World,
  refusals: ReadonlyMap<string, unknown>,
): Promise<void> {
  await bench.until('the endpoints', async () => {
    const slices = await allOf<EndpointSlice>(bench, 'endpointslices');
    return world.services.every(({ namespace, name, spec }) => {
      const { selector, type, ports = [] } = spec;
      if (selector === undefined || type === 'ExternalName' || refusals.has(`services ${namespace}/${name}`))
        return true;
      const numbers = ports.every(({ targetPort }) => typeof targetPort !== 'string');
      const selected = world.pods.filter(
        (pod) =>
          pod.namespace === namespace &&
          Object.entries(selector).every(([key, value]) => pod.labels[key] === value),
      );
      const own = slices.filter(
        ({ metadata }) =>
          metadata?.namespace === namespace && metadata.labels?.['kubernetes.io/service-name'] === name,
      );
      if (own.length === 0) return false;
      const found = new Set(
        own.flatMap(({ endpoints }) =>
          ((endpoints as typeof endpoints | null) ?? []).map(({ targetRef }) => targetRef?.name ?? ''),
        ),
      );
      return !numbers || (found.size === selected.length && selected.every((pod) => found.has(pod.name)));
    });
  });
}
