import { utf8Encode } from '@podwire/sim';
import type { Pod } from 'kubernetes-types/core/v1';
import { buildInfoMetric } from '../api/http/metrics.ts';
import type { KubeletAnswer, KubeletQuestion } from '../api/server.ts';
import { htmlEscaped } from '../images/http/message.ts';
import { microTimestamp, nameOf, namespaceOf, uidOf } from '../runtime/objects.ts';
import { apiPodOf } from './pod-sync.ts';
import type { KubeletContext } from './context.ts';
import { lineText, readLog } from './log-ring.ts';
import { containerSpec } from './records.ts';
import type { PodRecord } from './state.ts';
import { podStatus } from './status.ts';

/** Roots of what a real kubelet serves beside these, and this one does not. */
const NOT_MODELLED: ReadonlySet<string> = new Set([
  'attach',
  'checkpoint',
  'configz',
  'debug',
  'exec',
  'flagz',
  'portForward',
  'run',
  'stats',
  'statusz',
]);
const HEALTH_CHECKS = ['ping', 'log', 'syncloop'];
const LOG_DIRECTORY = '/var/log';
const PLAIN = 'text/plain; charset=utf-8';

/** KL13: what a kubelet answers on its own port, which the API server passes on below `nodes/NAME/proxy/`. */
export function kubeletAnswer(context: KubeletContext, question: KubeletQuestion): KubeletAnswer {
  const segments = question.path.split('/').slice(1);
  const [root = '', ...rest] = segments;
  if (NOT_MODELLED.has(root)) return notModelled(`/${root}`);
  if (!['healthz', 'pods', 'runningpods', 'metrics', 'logs', 'containerLogs'].includes(root))
    return text(404, '404 page not found\n');
  if (question.method !== 'GET' && question.method !== 'HEAD')
    return text(405, '405: Method Not Allowed', 'text/plain');
  switch (root) {
    case 'healthz':
      return health(rest.join('/'), question);
    case 'pods':
      return podList(records(context).map((record) => shownPod(context, record)));
    case 'runningpods':
      return podList(records(context).flatMap(runningPod));
    case 'metrics':
      return rest.join('') === '' ? metrics(context) : notModelled(`/metrics/${rest.join('/')}`);
    case 'containerLogs':
      return containerLog(context, rest, question);
    default:
      return nodeLog(context, rest);
  }
}

function text(status: number, body: string, contentType = PLAIN): KubeletAnswer {
  return { kind: 'answer', status, contentType, body: utf8Encode(body) };
}

function notModelled(path: string): KubeletAnswer {
  return { kind: 'not-modelled', what: `${path} of the kubelet` };
}

function health(check: string, { query }: KubeletQuestion): KubeletAnswer {
  if (check !== '')
    return HEALTH_CHECKS.includes(check) ? text(200, 'ok') : text(404, '404 page not found\n');
  if (!query.some(([name]) => name === 'verbose')) return text(200, 'ok');
  return text(200, `${HEALTH_CHECKS.map((name) => `[+]${name} ok\n`).join('')}healthz check passed\n`);
}

function records({ state }: KubeletContext): readonly PodRecord[] {
  return [...state.pods.values()];
}

function podList(items: readonly Pod[]): KubeletAnswer {
  return text(
    200,
    `${JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items })}\n`,
    'application/json',
  );
}

/** As the kubelet holds it: with where it comes from; a static pod by its own identity, not its mirror's. */
function shownPod(context: KubeletContext, record: PodRecord): Pod {
  const { kind: _kind, apiVersion: _version, ...pod } = record.pod;
  const { nowMs } = context.simulation;
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      annotations: {
        ...pod.metadata?.annotations,
        ...(record.isStatic ? { 'kubernetes.io/config.hash': record.uid } : {}),
        'kubernetes.io/config.seen': microTimestamp(record.firstSeenMs),
        'kubernetes.io/config.source': record.isStatic ? 'file' : 'api',
      },
    },
    ...(record.isStatic
      ? {
          status: podStatus(record, apiPodOf(context, record)?.status, {
            nowMs,
            hostIps: [context.site.address],
            images: context.state.images,
          }),
        }
      : {}),
  };
}

/** What the runtime tells: names and images of what runs, and nothing else. */
function runningPod({ pod, containers }: PodRecord): readonly Pod[] {
  const running = [...containers.values()].filter(({ state }) => state.kind === 'running');
  if (running.length === 0) return [];
  return [
    {
      metadata: { name: nameOf(pod), namespace: namespaceOf(pod), uid: uidOf(pod) },
      spec: {
        containers: running.map(({ name }) => ({
          name,
          image: containerSpec(pod, name)?.image ?? '',
          resources: {},
        })),
      },
      status: {},
    },
  ];
}

/** What can be counted; nothing here takes time or memory that could be measured. */
function metrics(context: KubeletContext): KubeletAnswer {
  const states = records(context).flatMap(({ containers }) =>
    [...containers.values()].map(({ state }) => state.kind),
  );
  const count = (kind: string): number => states.filter((state) => state === kind).length;
  const pods = records(context).filter(({ sandbox }) => sandbox?.live === true).length;
  const lines = [
    "# HELP kubelet_node_name [ALPHA] The node's name. The count is always 1.",
    '# TYPE kubelet_node_name gauge',
    `kubelet_node_name{node="${context.site.name}"} 1`,
    '# HELP kubelet_running_containers [ALPHA] Number of containers that run, or have ended, on this node.',
    '# TYPE kubelet_running_containers gauge',
    `kubelet_running_containers{container_state="exited"} ${count('terminated')}`,
    `kubelet_running_containers{container_state="running"} ${count('running')}`,
    '# HELP kubelet_running_pods [ALPHA] Number of pods that have a running sandbox.',
    '# TYPE kubelet_running_pods gauge',
    `kubelet_running_pods ${pods}`,
    ...buildInfoMetric(),
    '',
  ];
  return text(200, lines.join('\n'), 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores');
}

function containerLog(
  context: KubeletContext,
  [namespace = '', name = '', container = '', ...more]: readonly string[],
  { query }: KubeletQuestion,
): KubeletAnswer {
  if (container === '' || more.length > 0) return text(404, '404: Page Not Found', 'text/plain');
  const record = records(context).find((item) => item.namespace === namespace && item.name === name);
  if (record === undefined) return text(404, `pod ${JSON.stringify(name)} does not exist`, 'text/plain');
  const known = record.containers.get(container);
  if (known === undefined)
    return text(
      404,
      `container ${JSON.stringify(container)} not found in pod ${JSON.stringify(name)}`,
      'text/plain',
    );
  const unknown = query.find(([option]) => option !== 'tailLines' && option !== 'tail');
  if (unknown !== undefined) return notModelled(`the option ${unknown[0]} of /containerLogs`);
  if (known.attempts === 0)
    return text(
      400,
      `container ${JSON.stringify(container)} in pod ${JSON.stringify(name)} is waiting to start: ${known.state.kind === 'waiting' ? known.state.reason : 'ContainerCreating'}`,
      'text/plain',
    );
  const { lines } = readLog(known.log, 0);
  const tail = query.find(([option]) => option === 'tailLines' || option === 'tail')?.[1] ?? 'all';
  if (tail !== 'all' && !/^\d{1,9}$/.test(tail))
    return text(400, '{"message": "Unable to decode query."}', 'text/plain');
  const shown = tail === 'all' ? lines : lines.slice(Math.max(0, lines.length - Number(tail)));
  return text(200, shown.map(lineText).join(''), 'text/plain');
}

/** Go's file server over /var/log of the node. */
function nodeLog({ files }: KubeletContext, path: readonly string[]): KubeletAnswer {
  if (path.length === 0 || path.includes('..') || path.slice(0, -1).includes(''))
    return text(404, '404 page not found\n');
  const place = [LOG_DIRECTORY, ...path.filter((part) => part !== '')].join('/');
  const content = path.at(-1) === '' ? undefined : files.read(place);
  if (content !== undefined) return text(200, content);
  if (path.at(-1) !== '') return text(404, '404 page not found\n');
  const links = files.list(place).map((name) => {
    const shown = files.read(`${place}/${name}`) === undefined ? `${name}/` : name;
    return `<a href="${encodeURI(shown)}">${htmlEscaped(shown)}</a>\n`;
  });
  return text(
    200,
    `<!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n${links.join('')}</pre>\n`,
    'text/html; charset=utf-8',
  );
}
