import type { Bench } from '../bench/bench.ts';

const COLLECTIONS = {
  nodes: '/api/v1/nodes',
  namespaces: '/api/v1/namespaces',
  pods: '/api/v1/namespaces/*/pods',
  services: '/api/v1/namespaces/*/services',
  endpoints: '/api/v1/namespaces/*/endpoints',
  endpointslices: '/apis/discovery.k8s.io/v1/namespaces/*/endpointslices',
  networkpolicies: '/apis/networking.k8s.io/v1/namespaces/*/networkpolicies',
} as const;
export type Collection = keyof typeof COLLECTIONS;

export function pathOf(collection: Collection, namespace = '', name = ''): string {
  const path = COLLECTIONS[collection].replace('*', namespace);
  return name === '' ? path : `${path}/${name}`;
}

/** All objects of a collection; none where its namespace is not there. */
export async function listOf<T>(bench: Bench, collection: Collection, namespace = ''): Promise<readonly T[]> {
  const { status, json } = await bench.request({ method: 'GET', path: pathOf(collection, namespace) });
  if (status !== 200)
    throw new Error(`${bench.name}: GET ${pathOf(collection, namespace)} answered ${status}`);
  return (json as { readonly items: readonly T[] }).items;
}

/** Made, changed or removed; anything but success and what `allowed` names is a fault of the judge's own. */
export async function ask(
  bench: Bench,
  request: Parameters<Bench['request']>[0],
  allowed: readonly number[] = [],
): Promise<unknown> {
  const { status, json } = await bench.request(request);
  if (status >= 300 && !allowed.includes(status))
    throw new Error(
      `${bench.name}: ${request.method} ${request.path} answered ${status}: ${JSON.stringify(json)}`,
    );
  return json;
}
