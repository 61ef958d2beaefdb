import type { ApiStream } from '@podwire/kubesim';
import { StreamReader, untilNews } from '../api/streams.ts';
import type { Command, Invocation } from '../command/command.ts';
import type { Step } from '../command/step.ts';
import { usageFailure } from '../command/run.ts';
import { Failure, attempt, fail, isNotFound, messageOf } from '../failure.ts';
import { objectOf } from '../resources/info.ts';
import { chooseLogContainer, containersOf, podSelectorOf, podsFor } from '../resources/pods.ts';
import type { ContainerRef } from '../resources/pods.ts';
import { namespaceQuery } from '../resources/query.ts';
import { allInfos, select, throwAll } from '../resources/visit.ts';
import type { Session } from '../session.ts';
import { LOGS } from '../surface/debugging.ts';
import { goQuote } from '../values/go-text.ts';
import { textAt } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';
import { podPath, podTimeout } from './exec.ts';

const USAGE =
  "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command";
/** Lines per container when pods are chosen by label. */
const SELECTOR_TAIL_LINES = 10;
/** Between looks at several followed logs. */
const POLL_MS = 200;

interface Source {
  readonly pod: JsonObject;
  readonly container: ContainerRef;
}

interface LogOptions {
  readonly query: readonly (readonly [string, string])[];
  readonly container: string;
  readonly prefix: boolean;
}

function checkTime(text: string): string {
  const ms = Date.parse(text);
  if (Number.isNaN(ms) || !/^\d{4}-\d\d-\d\dT/.test(text)) {
    fail(
      `parsing time ${goQuote(text)} as "2006-01-02T15:04:05Z07:00": cannot parse ${goQuote(text)} as "2006"`,
    );
  }
  return text;
}

function complete(invocation: Invocation): LogOptions {
  const { flags, args, commandPath } = invocation;
  const selector = flags.text('selector');
  if (args.length === 0 && selector === '') throw usageFailure(commandPath, USAGE);
  if (args.length === 1 && selector !== '')
    throw usageFailure(commandPath, 'only a selector (-l) or a POD name is allowed');
  if (args.length > 2) throw usageFailure(commandPath, USAGE);
  const container = args[1] ?? flags.text('container');
  podTimeout(invocation, false);
  const query: (readonly [string, string])[] = [];
  if (flags.toggle('follow')) query.push(['follow', 'true']);
  if (flags.toggle('previous')) query.push(['previous', 'true']);
  if (flags.toggle('timestamps')) query.push(['timestamps', 'true']);
  if (flags.toggle('insecure-skip-tls-verify-backend')) query.push(['insecureSkipTLSVerifyBackend', 'true']);
  if (flags.text('since-time') !== '') query.push(['sinceTime', checkTime(flags.text('since-time'))]);
  if (flags.integer('limit-bytes') !== 0) query.push(['limitBytes', String(flags.integer('limit-bytes'))]);
  if (flags.durationMs('since') !== 0)
    query.push(['sinceSeconds', String(Math.round(flags.durationMs('since') / 1000))]);
  const tail = flags.integer('tail');
  if (selector !== '' && tail === -1 && !flags.changed('tail'))
    query.push(['tailLines', String(SELECTOR_TAIL_LINES)]);
  else if (tail !== -1) query.push(['tailLines', String(tail)]);
  return { query, container, prefix: flags.toggle('prefix') || flags.toggle('all-pods') };
}

function check({ flags, args }: Invocation, options: LogOptions): void {
  if (flags.text('since-time') !== '' && flags.durationMs('since') !== 0)
    fail('at most one of `sinceTime` or `sinceSeconds` may be specified');
  if (flags.toggle('all-containers') && options.container !== '')
    fail(`--all-containers=true should not be specified with container name ${options.container}`);
  if (flags.changed('container') && args.length === 2)
    fail('only one of -c or an inline [CONTAINER] arg is allowed');
  if (flags.integer('limit-bytes') < 0) fail('--limit-bytes must be greater than 0');
  if (flags.durationMs('since') < 0) fail('--since must be greater than 0');
  if (flags.integer('tail') < -1) fail('--tail must be greater than or equal to -1');
}

function* findObjects(invocation: Invocation): Step<readonly JsonObject[]> {
  const { flags, args, session } = invocation;
  const selector = flags.text('selector');
  const found = yield* select(session, {
    ...namespaceQuery(invocation),
    singleType: true,
    ...(selector === ''
      ? { args: args.slice(0, 1), defaultType: 'pods' }
      : { args: ['pods'], labelSelector: selector }),
  });
  const { infos, problems } = allInfos(found);
  const [problem] = problems;
  if (problem !== undefined && isNotFound(problem))
    fail(`error from server (NotFound): ${messageOf(problem)} in namespace ${goQuote(session.namespace())}`);
  throwAll(problems);
  if (selector !== '' && infos.length === 0)
    session.err(`No resources found in ${session.namespace()} namespace.\n`);
  return infos.map(objectOf);
}

function* sourcesOf(
  invocation: Invocation,
  options: LogOptions,
  objects: readonly JsonObject[],
): Step<readonly Source[]> {
  const { flags, session } = invocation;
  const allPods = flags.toggle('all-pods');
  const sources: Source[] = [];
  for (const object of objects) {
    let pods: readonly JsonObject[] = [object];
    if (textAt(object, 'kind') !== 'Pod') {
      const selector = podSelectorOf(object, 'cannot get the logs from');
      pods = yield* podsFor(
        session,
        textAt(object, 'metadata', 'namespace'),
        selector,
        podTimeout(invocation, false),
      );
      if (!allPods) {
        if (pods.length > 1)
          session.err(`Found ${pods.length} pods, using pod/${textAt(pods[0], 'metadata', 'name')}\n`);
        pods = pods.slice(0, 1);
      }
    }
    for (const pod of pods) {
      if (flags.toggle('all-containers')) {
        const order = ['initContainers', 'containers', 'ephemeralContainers'];
        const containers = [...containersOf(pod)].sort(
          (a, b) => order.indexOf(a.kind) - order.indexOf(b.kind),
        );
        sources.push(...containers.map((container) => ({ pod, container })));
      } else {
        sources.push({ pod, container: chooseLogContainer(session, pod, options.container, allPods) });
      }
    }
  }
  return sources;
}

/** Puts the prefix in front of every line. */
class Prefixer {
  private readonly prefix: string;
  private atStart = true;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  apply(text: string): string {
    if (this.prefix === '' || text === '') return text;
    const start = this.atStart ? this.prefix : '';
    this.atStart = text.endsWith('\n');
    const body = this.atStart ? text.slice(0, -1) : text;
    return start + body.replaceAll('\n', `\n${this.prefix}`) + (this.atStart ? '\n' : '');
  }
}

interface OpenLog {
  readonly body: Uint8Array | undefined;
  readonly stream: ApiStream | undefined;
  readonly prefixer: Prefixer;
  readonly decoder: InstanceType<typeof TextDecoder>;
}

function open(session: Session, { pod, container }: Source, options: LogOptions): OpenLog {
  const opened = session
    .api()
    .open(podPath(pod, 'log'), [['container', container.name], ...options.query], 'application/json, */*');
  if (!opened.ok) throw new Failure(opened.problem);
  const prefix = options.prefix ? `[pod/${textAt(pod, 'metadata', 'name')}/${container.name}] ` : '';
  return {
    body: opened.body,
    stream: opened.stream,
    prefixer: new Prefixer(prefix),
    decoder: new TextDecoder(),
  };
}

function show(session: Session, log: OpenLog, data: Uint8Array): void {
  session.out(log.prefixer.apply(log.decoder.decode(data, { stream: true })));
}

function* readOne(session: Session, log: OpenLog): Step {
  if (log.body !== undefined) show(session, log, log.body);
  if (log.stream === undefined) return undefined;
  const reader = new StreamReader(session, log.stream);
  try {
    for (;;) {
      const data = yield* reader.next();
      if (data === undefined) return undefined;
      if (data !== 'timeout') show(session, log, data);
    }
  } finally {
    reader.close();
  }
}

/** Several followed logs at once, as their lines come. */
function* readTogether(session: Session, logs: readonly OpenLog[]): Step {
  const key = session.streamKey();
  let live = logs;
  for (const log of logs) {
    if (log.body !== undefined) show(session, log, log.body);
    log.stream?.onReadable(() => {
      session.api().announce(key);
    });
  }
  try {
    while (live.length > 0) {
      live = live.filter((log) => {
        const data = log.stream?.read();
        if (data !== undefined && data.length > 0) show(session, log, data);
        return data !== undefined;
      });
      yield* session.output.flush();
      if (live.length > 0) yield* untilNews(session, key, POLL_MS);
      else session.heedInterrupt();
    }
  } finally {
    for (const log of live) log.stream?.close();
  }
  return undefined;
}

function* run(invocation: Invocation): Step {
  const { flags, session } = invocation;
  const options = complete(invocation);
  session.namespace();
  const objects = yield* findObjects(invocation);
  check(invocation, options);
  const sources = yield* sourcesOf(invocation, options, objects);
  const follows = flags.toggle('follow') && sources.length > 1;
  const limit = flags.integer('max-log-requests');
  if (follows && sources.length > limit) {
    fail(
      `you are attempting to follow ${sources.length} log streams, but maximum allowed concurrency is ${limit}, use --max-log-requests to increase the limit`,
    );
  }
  session.endsOnInterrupt();
  const together: OpenLog[] = [];
  for (const source of sources) {
    const opened = attempt(() => open(session, source, options));
    if (!opened.ok) {
      if (!flags.toggle('ignore-errors')) throw new Failure(opened.problem);
      session.out(`error: ${messageOf(opened.problem)}\n`);
    } else if (follows) together.push(opened.value);
    else yield* readOne(session, opened.value);
  }
  if (follows) yield* readTogether(session, together);
  return undefined;
}

export const logsCommand: Command = {
  ...LOGS,
  long: `Print the logs for a container in a pod or specified resource. If the pod has only one container, the container name is optional.`,
  examples: [
    ['What a pod has written', 'kubectl logs web'],
    ['And what it writes from now on', 'kubectl logs -f web'],
    ['One of several containers', 'kubectl logs web -c helper'],
    ['The run before the last restart', 'kubectl logs web --previous'],
    ['All pods with a label, all their containers', 'kubectl logs -l app=web --all-containers'],
    ['The last lines only', 'kubectl logs web --tail=20 --since=5m'],
  ],
  run,
};
