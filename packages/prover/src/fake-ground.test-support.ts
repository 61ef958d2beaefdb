import type { Check, Lab, Task } from '@podwire/lab';
import type { ProvingCluster, ProvingGround } from './proving-ground.ts';

interface ConfigMap {
  readonly apiVersion: 'v1';
  readonly kind: 'ConfigMap';
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly data: Readonly<Record<string, string>>;
}

const COLLECTION = '/api/v1/namespaces/default/configmaps';
const VERBS = ['create', 'list'];

/** Clusters of ConfigMaps alone, whose scripts are `set name key=value…`, `hang` and nothing else. */
export function fakeGround(options: { copies?: boolean; refusal?: string; restless?: boolean } = {}): {
  readonly ground: ProvingGround;
  readonly boots: () => number;
} {
  let boots = 0;
  return {
    boots: () => boots,
    ground: {
      backend: 'simulated',
      boot: () => {
        boots++;
        return Promise.resolve(
          options.refusal === undefined
            ? { ok: true, cluster: fakeCluster(new Map(), options) }
            : { ok: false, message: options.refusal },
        );
      },
    },
  };
}

function fakeCluster(
  maps: Map<string, ConfigMap>,
  options: { copies?: boolean; restless?: boolean },
): ProvingCluster {
  const request: ProvingCluster['request'] = (method, path, body) => {
    const [target = ''] = path.split('?');
    const answer = (status: number, content: unknown): Promise<{ status: number; body: unknown }> =>
      Promise.resolve({ status, body: content });
    if (target === '/apis') return answer(200, { groups: [] });
    if (target === '/api/v1')
      return answer(200, {
        resources: [{ name: 'configmaps', kind: 'ConfigMap', namespaced: true, verbs: VERBS }],
      });
    if (target === '/api/v1/nodes') return answer(200, { items: [] });
    if (method === 'POST') {
      if (!target.startsWith(COLLECTION)) return answer(403, {});
      const made = body as ConfigMap;
      if (!path.includes('dryRun')) maps.set(made.metadata.name, made);
      return answer(201, made);
    }
    if (target === '/api/v1/configmaps' || target === COLLECTION)
      return answer(200, { items: [...maps.values()] });
    const name = target.slice(COLLECTION.length + 1);
    if (method === 'PUT') maps.set(name, body as ConfigMap);
    const found = maps.get(name);
    if (method === 'DELETE') maps.delete(name);
    return found === undefined ? answer(404, {}) : answer(200, found);
  };
  return {
    grading: {
      request: (method, path) => request(method, path),
      probe: () => Promise.reject(new Error('no network here')),
      fetch: () => Promise.reject(new Error('no network here')),
      requestAtStart: () => Promise.reject(new Error('no start here')),
      lookUp: () => Promise.reject(new Error('no network here')),
      execute: () => Promise.reject(new Error('no programs here')),
      readFile: () => Promise.reject(new Error('no files here')),
      manifests: () => Promise.reject(new Error('no files here')),
      validate: () => Promise.resolve({ ok: true }),
      hold: () => Promise.reject(new Error('no network here')),
      wait: () => Promise.resolve(),
    },
    request,
    runScript: (script) => {
      if (script.includes('hang')) return Promise.resolve({ kind: 'hung', output: 'waiting' });
      for (const [, name = '', pairs = ''] of script.matchAll(/^set (\S+)(.*)$/gm)) {
        const data = Object.fromEntries(
          pairs
            .trim()
            .split(' ')
            .map((pair): [string, string] => {
              const [key = '', value = ''] = pair.split('=');
              return [key, value];
            }),
        );
        maps.set(name, {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name, namespace: 'default' },
          data,
        });
      }
      return Promise.resolve({ kind: 'ended', exitCode: 0, output: '' });
    },
    putFile: () => Promise.resolve(),
    files: () => Promise.resolve([]),
    settle: () => Promise.resolve(options.restless !== true),
    copy: () => Promise.resolve(options.copies === false ? undefined : fakeCluster(new Map(maps), options)),
  };
}

export function mapCheck(
  id: string,
  name: string,
  data: Readonly<Record<string, string>>,
): Extract<Check, { kind: 'object' }> {
  return {
    id,
    title: `${name} is right`,
    kind: 'object',
    weight: 1,
    mode: 'must-hold',
    needs: [],
    object: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name },
    match: { data },
  };
}

export function labOf(
  tasks: readonly { readonly id: string; readonly checks: readonly Check[]; readonly script?: string }[],
  more: Partial<Lab> = {},
): Lab {
  return {
    id: 'small',
    chapterId: 'one',
    title: 'Small',
    summary: 'Small',
    minutes: 5,
    objectives: [],
    prerequisites: [],
    concepts: [],
    backends: ['simulated'],
    cluster: { nodes: 1, cni: 'bridge', networkPolicies: true, outsideHosts: [] },
    timers: {
      lifetimeMinutes: 1,
      overtimeMinutes: 1,
      idleMinutes: 1,
      orphanedMinutes: 1,
      hardDeadlineMinutes: 1,
    },
    setup: [],
    files: [],
    introduction: [],
    conclusion: [],
    digest: '',
    wrong: [],
    ...more,
    tasks: tasks.map(({ id, checks }): Task => ({
      id,
      title: id,
      body: [],
      hints: [],
      questions: [],
      needs: [],
      checks,
    })),
    solutions: tasks.flatMap(({ id, script }) => (script === undefined ? [] : [{ taskId: id, script }])),
  };
}
