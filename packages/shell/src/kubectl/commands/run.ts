import { Watch } from '../api/watch.ts';
import type { Command, Invocation } from '../command/command.ts';
import type { Step } from '../command/step.ts';
import { usageFailure } from '../command/run.ts';
import { Failure, attempt, fail, isNotFound, messageOf } from '../failure.ts';
import type { Problem } from '../failure.ts';
import { operationFor, outputPrinter } from '../printers/printer.ts';
import { chooseContainer, isReady } from '../resources/pods.ts';
import type { Session } from '../session.ts';
import { RUN } from '../surface/basic.ts';
import { inFieldOrder } from '../values/field-order.ts';
import { goQuote } from '../values/go-text.ts';
import { numberAt, objectAt, objectsAt, setAt, textAt } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';
import { environmentName } from '../values/validation.ts';
import { attachTo } from './attach.ts';
import { propagationOf } from './cascade.ts';
import { compact, metadataWith } from './create/generate.ts';
import { dryRunOf, writeParameters } from './dry-run.ts';
import type { DryRun } from './dry-run.ts';
import { podPath, podTimeout } from './exec.ts';
import { parseLabelSpec, serviceObject } from './expose.ts';
import { withLastApplied } from './last-applied.ts';
import { applyOverrides } from './overrides.ts';
import { parsePairs } from './pairs.ts';

/** The grammar of image references, without its length limits: distribution/reference. */
const IMAGE =
  /^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*(?::[0-9]+)?\/)?[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*(?::[\w][\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$/;

interface Plan {
  readonly invocation: Invocation;
  readonly name: string;
  readonly dryRun: DryRun;
  readonly attach: boolean;
  readonly restartPolicy: string;
  readonly timeoutMs: number;
}

function complete(invocation: Invocation): Plan {
  const { flags, args, argsBeforeDash, session, commandPath } = invocation;
  if (!flags.changed('image')) fail('required flag(s) "image" not set');
  const dryRun = dryRunOf(session, flags);
  const interactive = flags.toggle('stdin');
  const attach = flags.changed('attach') ? flags.toggle('attach') : interactive;
  outputPrinter(session, flags, { operation: '' });
  propagationOf(session, flags);
  const usage = (message: string): never => {
    throw usageFailure(commandPath, message);
  };
  if (args.length === 0 || argsBeforeDash === 0) usage('NAME is required for run');
  const timeoutMs = podTimeout(invocation);
  const image = flags.text('image');
  if (image === '') fail('--image is required');
  if (!IMAGE.test(image)) fail(`Invalid image name ${goQuote(image)}: invalid reference format`);
  if (flags.toggle('tty') && !interactive) usage('-i/--stdin is required for containers with -t/--tty=true');
  if (flags.toggle('expose') && flags.text('port') === '')
    usage('--port must be set when exposing a service');
  session.namespace();
  const restartPolicy = flags.text('restart') || (interactive ? 'OnFailure' : 'Always');
  if (!['Always', 'OnFailure', 'Never'].includes(restartPolicy))
    usage(`invalid restart policy: ${restartPolicy}`);
  if (flags.toggle('rm') && !attach) usage('--rm should only be used for attached containers');
  if (attach && dryRun !== 'none')
    usage(
      "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
    );
  const pull = flags.text('image-pull-policy');
  if (!['', 'Always', 'IfNotPresent', 'Never'].includes(pull)) usage(`invalid image pull policy: ${pull}`);
  return { invocation, name: args[0] ?? '', dryRun, attach, restartPolicy, timeoutMs };
}

function podObject({ invocation: { flags, args }, name }: Plan): JsonObject {
  const env = flags.list('env').map((text) => {
    const equals = text.indexOf('=');
    const key = text.slice(0, Math.max(equals, 0));
    if (equals <= 0 || environmentName(key).length > 0) fail(`invalid env: ${text}`);
    const value = text.slice(equals + 1);
    return compact({ name: key, value: value === '' ? undefined : value });
  });
  const annotations = parsePairs(flags.list('annotations'), 'annotations', false).set;
  const labels = flags.text('labels');
  const words = args.slice(1);
  const stdin = flags.toggle('stdin');
  const port = flags.text('port');
  if (port !== '' && !/^[-+]?\d+$/.test(port)) fail(`strconv.Atoi: parsing ${goQuote(port)}: invalid syntax`);
  const pull = flags.text('image-pull-policy');
  const asCommand = flags.toggle('command');
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: metadataWith(
      { name },
      {
        labels: labels === '' ? { run: name } : parseLabelSpec(labels),
        annotations: annotations.size > 0 ? Object.fromEntries(annotations) : undefined,
      },
    ),
    spec: {
      containers: [
        compact({
          name,
          image: flags.text('image'),
          command: asCommand && words.length > 0 ? words : undefined,
          args: !asCommand && words.length > 0 ? words : undefined,
          ports: port === '' ? undefined : [{ containerPort: Number(port) }],
          env: env.length > 0 ? env : undefined,
          resources: {},
          imagePullPolicy: pull === '' ? undefined : pull,
          securityContext: flags.toggle('privileged') ? { privileged: true } : undefined,
          stdin: stdin ? true : undefined,
          stdinOnce: stdin && !flags.toggle('leave-stdin-open') ? true : undefined,
          tty: flags.toggle('tty') ? true : undefined,
        }),
      ],
      restartPolicy: flags.text('restart') || 'Always',
      dnsPolicy: 'ClusterFirst',
    },
    status: {},
  };
}

function create(
  { invocation: { flags, session }, dryRun }: Plan,
  object: JsonObject,
  resource: string,
): JsonObject {
  if (dryRun === 'client') {
    if (session.namespaceIsExplicit()) setAt(object, ['metadata', 'namespace'], session.namespace());
    return inFieldOrder(object);
  }
  const body = flags.toggle('save-config') ? withLastApplied(object, 'typed') : object;
  return session.api().call('POST', `/api/v1/namespaces/${session.namespace()}/${resource}`, {
    body,
    query: writeParameters({ dryRun, fieldManager: flags.text('field-manager') }),
  });
}

function serviceFor({ invocation: { flags }, name }: Plan): JsonObject {
  const labels = flags.text('labels');
  return serviceObject({
    name,
    labels,
    selector: labels || `run=${name}`,
    ports: flags.text('port'),
    protocol: '',
    protocols: new Map(),
    targetPort: '',
    externalIp: '',
    type: '',
    loadBalancerIp: '',
    sessionAffinity: '',
    clusterIp: '',
  });
}

/** Follows a pod until the condition holds. */
function* waitForPod(
  session: Session,
  pod: JsonObject,
  timeoutMs: number,
  done: (pod: JsonObject) => boolean,
): Step<JsonObject> {
  const deadline = session.nowMs() + timeoutMs;
  const name = textAt(pod, 'metadata', 'name');
  const path = `/api/v1/namespaces/${textAt(pod, 'metadata', 'namespace')}/pods`;
  const events = new Watch(session, path, [['fieldSelector', `metadata.name=${name}`]]);
  try {
    for (;;) {
      const event = yield* events.next(deadline);
      if (event === 'timeout') return fail('timed out waiting for the condition');
      if (event === undefined) return fail('watch closed before UntilWithSync timeout');
      if (event.type === 'DELETED') {
        throw new Failure({
          kind: 'status',
          message: 'pods "" not found',
          status: { kind: 'Status', status: 'Failure', reason: 'NotFound', message: 'pods "" not found' },
        });
      }
      if (done(event.object)) return event.object;
    }
  } finally {
    events.close();
  }
}

const isOver = (pod: JsonObject): boolean => ['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase'));

function* attach(plan: Plan, pod: JsonObject): Step {
  const { invocation, timeoutMs, restartPolicy } = plan;
  const { flags, session } = invocation;
  const quiet = flags.toggle('quiet');
  const running = yield* waitForPod(
    session,
    pod,
    timeoutMs,
    (now) => isOver(now) || (textAt(now, 'status', 'phase') === 'Running' && isReady(now)),
  );
  if (isOver(running)) {
    printLog(session, running);
  } else {
    try {
      yield* attachTo(session, running, {
        container: '',
        stdin: flags.toggle('stdin'),
        tty: flags.toggle('tty'),
        quiet,
      });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      session.err(
        `warning: couldn't attach to pod/${plan.name}, falling back to streaming logs: ${messageOf(error.problem)}\n`,
      );
      printLog(session, running);
    }
  }
  if (flags.toggle('leave-stdin-open') || restartPolicy === 'Always') return undefined;
  const ended = yield* waitForPod(session, pod, timeoutMs, (now) =>
    restartPolicy === 'OnFailure' ? textAt(now, 'status', 'phase') === 'Succeeded' : isOver(now),
  );
  if (textAt(ended, 'status', 'phase') === 'Succeeded') return undefined;
  return failLikePod(ended);
}

function failLikePod(pod: JsonObject): never {
  const name = `${textAt(pod, 'metadata', 'namespace')}/${textAt(pod, 'metadata', 'name')}`;
  const terminated = objectAt(objectsAt(pod, 'status', 'containerStatuses')[0], 'state', 'terminated');
  const code = numberAt(terminated, 'exitCode') ?? 0;
  if (code === 0) fail(`pod ${name} failed with unknown exit code`);
  throw new Failure({
    kind: 'exit',
    code,
    text: `pod ${name} terminated (${textAt(terminated, 'reason')})\n${textAt(terminated, 'message')}`,
  });
}

function printLog(session: Session, pod: JsonObject): void {
  const { name } = chooseContainer(session, pod, '', false);
  const response = session.api().exchange('GET', podPath(pod, 'log'), { query: [['container', name]] });
  if (response.status < 400 && response.body !== undefined)
    session.out(new TextDecoder().decode(response.body));
}

/** `--rm`: what was made is deleted, without waiting. */
function removeCreated(
  { invocation: { flags, session } }: Plan,
  created: readonly { readonly object: JsonObject; readonly resource: string; readonly kind: string }[],
): void {
  const policy = propagationOf(session, flags);
  for (const { object, resource, kind } of created) {
    const namespace = textAt(object, 'metadata', 'namespace');
    const name = textAt(object, 'metadata', 'name');
    const reply = session.api().send('DELETE', `/api/v1/namespaces/${namespace}/${resource}/${name}`, {
      body: { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: policy },
    });
    if (reply.ok && !flags.toggle('quiet'))
      session.out(`${kind} "${name}" deleted from ${namespace} namespace\n`);
    else if (!reply.ok && !isNotFound(reply.problem)) return;
  }
}

function* run(invocation: Invocation): Step {
  const { flags, session } = invocation;
  const plan = complete(invocation);
  const printer = outputPrinter(session, flags, {
    operation: operationFor('created', plan.dryRun),
    typed: true,
  });
  const pod = create(plan, inFieldOrder(applyOverrides(flags, podObject(plan))), 'pods');
  const created = [{ object: pod, resource: 'pods', kind: 'pod' }];
  const problems: Problem[] = [];
  if (flags.toggle('expose')) {
    const service = attempt(() => create(plan, serviceFor(plan), 'services'));
    if (service.ok) {
      session.out(printer.print(service.value));
      // kubectl separates the documents here, and its printer separates them once more.
      if (flags.text('output') === 'yaml') session.out('---\n');
      created.push({ object: service.value, resource: 'services', kind: 'service' });
    } else {
      problems.push(service.problem);
    }
  }
  if (plan.attach) {
    try {
      yield* attach(plan, pod);
    } finally {
      if (flags.toggle('rm')) removeCreated(plan, created);
    }
    return undefined;
  }
  session.out(printer.print(pod));
  const [problem] = problems;
  if (problem !== undefined) throw new Failure(problem);
  return undefined;
}

export const runCommand: Command = {
  ...RUN,
  long: `Create and run a particular image in a pod.`,
  examples: [
    ['Start a pod', 'kubectl run web --image=nginx'],
    ['With a port that a service can find', 'kubectl run web --image=nginx --port=80 --expose'],
    ['With a label and a variable', 'kubectl run web --image=nginx --labels=app=web --env=MODE=fast'],
    [
      'A shell that is gone when you leave it',
      'kubectl run -it --rm client --image=busybox --restart=Never -- sh',
    ],
    ['See what would be created', 'kubectl run web --image=nginx --dry-run=client -o yaml'],
  ],
  run,
};
