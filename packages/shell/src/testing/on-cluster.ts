import type { Place, SimulatedCluster } from '@podwire/kubesim';
import { utf8Decode, utf8Encode } from '@podwire/sim';

/** What a line typed into a simulated cluster came to. */
export interface Ran {
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

const ADMIN = { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };
const TOOLBOX: Place = { kind: 'toolbox' };
const PODS = '/api/v1/namespaces/default/pods';
/** Virtual time that a line may take, ms, and events, so that a test ends. */
const LIMIT_MS = 60_000;
const MAX_EVENTS = 2_000_000;

/** Runs a program to its end, with what is typed into it, and an end of input after that. */
export function run(cluster: SimulatedCluster, place: Place, argv: readonly string[], stdin = ''): Ran {
  const started = cluster.exec(place, argv);
  if (!started.ok) throw new Error(started.reason);
  const ran = { code: undefined as number | undefined, out: '', err: '' };
  started.handle.onStdout((data) => (ran.out += utf8Decode(data)));
  started.handle.onStderr((data) => (ran.err += utf8Decode(data)));
  started.handle.onExit((code) => (ran.code = code));
  if (stdin !== '') started.handle.writeStdin(utf8Encode(stdin));
  started.handle.closeStdin();
  cluster.run({
    untilMs: cluster.nowMs() + LIMIT_MS,
    maxEvents: MAX_EVENTS,
    condition: () => ran.code !== undefined,
  });
  return ran;
}

/** Runs a script to its end where a learner would type it. */
export function sh(cluster: SimulatedCluster, script: string, place: Place = TOOLBOX): Ran {
  return run(cluster, place, ['sh', '-c', script]);
}

/** Asks the API as the cluster's administrator; text for what is no JSON, a log for one. */
export function ask(cluster: SimulatedCluster, method: 'GET' | 'POST', path: string, body?: object): string {
  const response = cluster.api.handle({
    method,
    path,
    query: [],
    headers: { 'content-type': 'application/json' },
    user: ADMIN,
    ...(body === undefined ? {} : { body: utf8Encode(JSON.stringify(body)) }),
  });
  const text = utf8Decode(response.body ?? new Uint8Array(0));
  if (response.status >= 400) throw new Error(text);
  return text;
}

/** Creates pods of one container each, in `default`. */
export function createPods(cluster: SimulatedCluster, pods: Readonly<Record<string, object>>): void {
  for (const [name, container] of Object.entries(pods))
    ask(cluster, 'POST', PODS, {
      metadata: { name, labels: { app: name } },
      spec: { containers: [{ name: 'main', ...container }] },
    });
}

export function podAddress(cluster: SimulatedCluster, name: string): string {
  const pod = JSON.parse(ask(cluster, 'GET', `${PODS}/${name}`)) as { status: { podIP: string } };
  return pod.status.podIP;
}

/** Applies a manifest as its administrator, and lets the cluster settle. */
export function apply(cluster: SimulatedCluster, manifest: string): void {
  const ran = sh(cluster, `kubectl apply -f - <<'END'\n${manifest}\nEND`);
  if (ran.code !== 0) throw new Error(ran.err);
  cluster.settle(60_000);
}
