import { WATCH_NAMESPACE } from './world.ts';
import type { World } from './world.ts';

type Json = unknown;

/** Worlds with one thing less, the largest things first. */
export function* smallerWorlds(world: World): Generator<World> {
  for (const policy of world.policies)
    yield { ...world, policies: world.policies.filter((other) => other !== policy) };
  for (const service of world.services)
    yield {
      ...world,
      services: world.services.filter((other) => other !== service),
      slices: world.slices.filter(
        (slice) => slice.service !== service.name || slice.namespace !== service.namespace,
      ),
    };
  for (const slice of world.slices)
    yield { ...world, slices: world.slices.filter((other) => other !== slice) };
  for (const [index, policy] of world.policies.entries())
    for (const spec of smallerSpecs(policy.spec, ['ingress', 'egress', 'from', 'to', 'ports', 'except']))
      yield {
        ...world,
        policies: world.policies.with(index, { ...policy, spec: spec as typeof policy.spec }),
      };
  for (const [index, service] of world.services.entries())
    for (const spec of smallerSpecs(service.spec, ['ports']))
      yield {
        ...world,
        services: world.services.with(index, { ...service, spec: spec as typeof service.spec }),
      };
  for (const [index, pod] of world.pods.entries())
    for (const key of pod.namespace === WATCH_NAMESPACE ? [] : Object.keys(pod.labels))
      yield { ...world, pods: world.pods.with(index, { ...pod, labels: without(pod.labels, key) }) };
  for (const [index, namespace] of world.namespaces.entries())
    for (const key of Object.keys(namespace.labels))
      yield {
        ...world,
        namespaces: world.namespaces.with(index, { ...namespace, labels: without(namespace.labels, key) }),
      };
}

/** Pods last: on a real cluster each costs seconds. */
export function* fewerPods(world: World): Generator<World> {
  for (const pod of world.pods)
    if (
      pod.namespace !== WATCH_NAMESPACE &&
      !JSON.stringify(world).includes(`ip:${pod.namespace}/${pod.name}`)
    )
      yield {
        ...world,
        pods: world.pods.filter((other) => other !== pod),
        slices: world.slices.map((slice) => ({
          ...slice,
          endpoints: slice.endpoints.filter((ref) => ref !== `${pod.namespace}/${pod.name}`),
        })),
      };
}

/** One item less of one of these lists, however deep; a list that is one item long is left alone: empty means all. */
function* smallerSpecs(value: Json, lists: readonly string[]): Generator {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return;
  for (const [key, item] of Object.entries(value as Readonly<Record<string, Json>>)) {
    if (!Array.isArray(item)) {
      for (const smaller of smallerSpecs(item, lists)) yield { ...value, [key]: smaller };
      continue;
    }
    const items: readonly Json[] = item;
    if (lists.includes(key) && items.length > 1)
      for (const left of items) yield { ...value, [key]: items.filter((other) => other !== left) };
    for (const [index, nested] of items.entries())
      for (const smaller of smallerSpecs(nested, lists))
        yield { ...value, [key]: items.with(index, smaller) };
  }
}

function without(labels: Readonly<Record<string, string>>, key: string): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => name !== key));
}
