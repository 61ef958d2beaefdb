import type { GradingCluster } from './cluster.ts';

/** A cluster that has nothing: a test gives it what it looks at. */
export function refusingCluster(): GradingCluster {
  const refuse = (): Promise<never> => Promise.reject(new Error('not in this test'));
  return {
    request: refuse,
    requestAtStart: refuse,
    probe: refuse,
    fetch: refuse,
    lookUp: refuse,
    execute: refuse,
    readFile: refuse,
    manifests: refuse,
    validate: refuse,
    hold: refuse,
    wait: () => Promise.resolve(),
  };
}

/** Answers GETs of these lists of objects, by collection path; discovery follows from them. */
export function clusterOfObjects(
  kinds: readonly {
    readonly apiVersion: string;
    readonly kind: string;
    readonly plural: string;
    readonly namespaced: boolean;
    readonly objects: readonly {
      readonly metadata: { readonly name: string; readonly namespace?: string };
    }[];
  }[],
): GradingCluster {
  const answer = (path: string): { status: number; body: unknown } => {
    const [target = ''] = path.split('?');
    for (const { apiVersion, plural, kind, namespaced, objects } of kinds) {
      const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
      if (target === root)
        return {
          status: 200,
          body: {
            resources: kinds
              .filter((each) => each.apiVersion === apiVersion)
              .map((each) => ({ name: each.plural, kind: each.kind, namespaced: each.namespaced })),
          },
        };
      if (target === `${root}/${plural}`) return { status: 200, body: { items: objects } };
      for (const space of namespaced
        ? new Set(objects.map(({ metadata }) => metadata.namespace ?? ''))
        : []) {
        if (target === `${root}/namespaces/${space}/${plural}`)
          return {
            status: 200,
            body: { items: objects.filter(({ metadata }) => metadata.namespace === space) },
          };
      }
      for (const object of objects) {
        const { name, namespace } = object.metadata;
        const place = namespaced ? `${root}/namespaces/${namespace ?? ''}/${plural}` : `${root}/${plural}`;
        if (target === `${place}/${name}`) return { status: 200, body: { ...object, apiVersion, kind } };
      }
      if (namespaced && target.startsWith(`${root}/namespaces/`) && target.endsWith(`/${plural}`))
        return { status: 200, body: { items: [] } };
    }
    return { status: 404, body: {} };
  };
  return {
    ...refusingCluster(),
    request: (_method, path) => Promise.resolve(answer(path)),
    requestAtStart: (path) => Promise.resolve(answer(path)),
  };
}
