import { Watch } from '../../api/watch.ts';
import type { Command, Invocation } from '../../command/command.ts';
import type { Step } from '../../command/step.ts';
import { Failure, fail, messageOf, reasonOf } from '../../failure.ts';
import { mergeRulesOf, rulesOfField } from '../../patching/merge-keys.ts';
import { strategicPatch } from '../../patching/apply-patch.ts';
import { namespaceQuery } from '../../resources/query.ts';
import { forEachInfo } from '../../resources/visit.ts';
import { objectOf, typeOf } from '../../resources/info.ts';
import { DEBUG } from '../../surface/debugging.ts';
import { errnoText } from '../../values/errno-text.ts';
import { goQuote } from '../../values/go-text.ts';
import { copyOf, isObject, objectAt, objectsAt, setAt, textAt } from '../../values/json.ts';
import type { JsonObject } from '../../values/json.ts';
import { readYamlDocument } from '../../values/yaml-reader.ts';
import { attachTo } from '../attach.ts';
import { compact } from '../create/generate.ts';
import { podPath } from '../exec.ts';
import { containerNamesOf, isLostOnUser, profileOf } from './profiles.ts';
import type { DebugStyle, KeepFlags, Profile } from './profiles.ts';

/** Kubernetes' alphabet for generated names: no vowels, no words. */
const NAME_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';
const NAME_SUFFIX_LENGTH = 5;
/** A reference to an image: distribution/reference, without its length limits. */
const IMAGE =
  /^[a-zA-Z0-9](?:[a-zA-Z0-9.:-]*[a-zA-Z0-9])?(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*(?::[\w][\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*:[0-9a-fA-F]{32,})?$/;
const PULL_POLICIES = ['', 'Always', 'IfNotPresent', 'Never'];
const FIXED_BY_PROFILE = ['name', 'command', 'image', 'lifecycle', 'volumeDevices'];
const LEGACY_NOTICE =
  '--profile=legacy is deprecated and will be removed in the future. It is recommended to explicitly specify a profile, for example "--profile=general".\n';
const USER_WARNING =
  'Warning: Non-root user is configured for the entire target Pod, and some capabilities granted by debug profile may not work. Please consider using "--custom" with a custom profile that specifies "securityContext.runAsUser: 0".\n';

interface Plan {
  readonly invocation: Invocation;
  readonly targets: readonly string[];
  readonly words: readonly string[];
  readonly attach: boolean;
  readonly profile: Profile;
  readonly keep: KeepFlags;
  readonly custom: JsonObject | undefined;
}

function complete(invocation: Invocation): Plan {
  const { args, argsBeforeDash, flags, session } = invocation;
  const hasWords = argsBeforeDash >= 0 && args.length > argsBeforeDash;
  session.namespace();
  const profile = profileOf(flags.text('profile'));
  return {
    invocation,
    targets: hasWords ? args.slice(0, argsBeforeDash) : args,
    words: hasWords ? args.slice(argsBeforeDash) : [],
    attach: flags.changed('attach') ? flags.toggle('attach') : flags.toggle('stdin'),
    profile,
    keep: {
      labels: flags.toggle('keep-labels'),
      annotations: flags.toggle('keep-annotations'),
      liveness: flags.toggle('keep-liveness'),
      readiness: flags.toggle('keep-readiness'),
      startup: flags.toggle('keep-startup'),
      initContainers: flags.toggle('keep-init-containers'),
    },
    custom: customProfile(invocation),
  };
}

function customProfile({ flags, session }: Invocation): JsonObject | undefined {
  const file = flags.text('custom');
  if (file === '') return undefined;
  const read = session.process.fs.readFile(session.path(file));
  if (!read.ok)
    return fail(
      `must pass a container spec json file for custom profile: open ${file}: ${errnoText(read.errno)}`,
    );
  const document = readYamlDocument(new TextDecoder().decode(read.value));
  if (document.ok && isObject(document.value)) return document.value;
  const why = document.ok ? 'json: cannot unmarshal into Go value' : `yaml: ${document.message}`;
  return fail(`${file} does not contain a valid container spec: ${why}`);
}

function checkImage(image: string, container: string): void {
  if (IMAGE.test(image)) return;
  const of = container === '' ? '' : ` for container ${goQuote(container)}`;
  fail(`invalid image name ${goQuote(image)}${of}: invalid reference format`);
}

function validate({ invocation: { flags, session }, targets, words, custom }: Plan): void {
  const image = flags.text('image');
  const container = flags.text('container');
  const images = flags.pairs('set-image');
  if (flags.changed('attach') && flags.toggle('attach') && image === '' && container === '')
    fail('you must specify --container or create a new container using --image in order to attach.');
  if (flags.text('copy-to') !== '') {
    if (image === '' && images.size === 0 && words.length === 0)
      fail('you must specify --image, --set-image or command arguments.');
    if (words.length > 0 && container === '' && image === '')
      fail('you must specify an existing container or a new image when specifying args.');
  } else {
    for (const name of ['replace', 'same-node'])
      if (flags.toggle(name)) fail(`--${name} may only be used with --copy-to.`);
    if (images.size > 0) fail('--set-image may only be used with --copy-to.');
    if (image === '') fail('you must specify --image when not using --copy-to.');
  }
  if (image !== '') checkImage(image, '');
  if (targets.length === 0 && flags.list('filename').length === 0)
    fail('NAME or filename is required for debug');
  const policy = flags.text('image-pull-policy');
  if (!PULL_POLICIES.includes(policy)) fail(`invalid image pull policy: ${policy}`);
  for (const [name, each] of images) checkImage(each, name);
  const target = flags.text('target');
  if (target !== '') {
    if (flags.text('copy-to') !== '')
      fail('--target is incompatible with --copy-to. Use --share-processes instead.');
    if (!flags.toggle('quiet'))
      session.out(
        `Targeting container ${goQuote(target)}. If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n`,
      );
  }
  if (flags.toggle('tty') && !flags.toggle('stdin'))
    fail('-i/--stdin is required for containers with -t/--tty=true');
  if (custom !== undefined && FIXED_BY_PROFILE.some((field) => custom[field] !== undefined))
    fail('name, command, image, lifecycle and volume devices are not modifiable via custom profile');
  if (flags.text('profile') === 'legacy') session.err(LEGACY_NOTICE);
}

function suffix({ session }: Invocation): string {
  const { process } = session;
  return Array.from({ length: NAME_SUFFIX_LENGTH }, () =>
    NAME_LETTERS.charAt(process.randomInt(NAME_LETTERS.length)),
  ).join('');
}

function containerNameFor({ invocation }: Plan, pod: JsonObject): string {
  const { flags, session } = invocation;
  if (flags.text('container') !== '') return flags.text('container');
  const taken = containerNamesOf(pod);
  let name = '';
  while (name === '' || taken.has(name)) name = `debugger-${suffix(invocation)}`;
  if (!flags.toggle('quiet')) session.out(`Defaulting debug container name to ${name}.\n`);
  return name;
}

function newContainer({ invocation: { flags }, words }: Plan, name: string): JsonObject {
  const env = [...flags.pairs('env')].map(([key, value]) => ({ name: key, value }));
  const policy = flags.text('image-pull-policy');
  const commandField = flags.toggle('arguments-only') ? 'args' : 'command';
  return compact({
    name,
    image: flags.text('image'),
    ...(words.length === 0 ? {} : { [commandField]: [...words] }),
    env: env.length === 0 ? undefined : env,
    imagePullPolicy: policy === '' ? undefined : policy,
    stdin: flags.toggle('stdin') || undefined,
    terminationMessagePolicy: 'File',
    tty: flags.toggle('tty') || undefined,
  });
}

/** Applies the profile, then what the user would have otherwise. */
function applyProfile(plan: Plan, pod: JsonObject, container: JsonObject, style: DebugStyle): void {
  plan.profile(pod, container, style, plan.keep);
  if (plan.custom === undefined) return;
  const spec = rulesOfField(mergeRulesOf('v1', 'Pod')?.['spec']);
  const patched = strategicPatch(container, plan.custom, rulesOfField(spec['containers']));
  for (const [key, value] of Object.entries(patched)) container[key] = value;
}

interface Started {
  readonly pod: JsonObject;
  /** Empty: nothing to attach to. */
  readonly container: string;
}

function debugInside(plan: Plan, pod: JsonObject): Started {
  const { flags, session } = plan.invocation;
  const name = containerNameFor(plan, pod);
  const container = newContainer(plan, name);
  if (flags.text('target') !== '') container['targetContainerName'] = flags.text('target');
  applyProfile(plan, copyOf(pod), container, 'ephemeral');
  if (isLostOnUser(pod, container)) session.err(USER_WARNING);
  const order = [...objectsAt(pod, 'spec', 'ephemeralContainers').map((each) => textAt(each, 'name')), name];
  const reply = session.api().send('PATCH', podPath(pod, 'ephemeralcontainers'), {
    contentType: 'application/strategic-merge-patch+json',
    body: {
      spec: {
        '$setElementOrder/ephemeralContainers': order.map((each) => ({ name: each })),
        ephemeralContainers: [container],
      },
    },
  });
  if (reply.ok) return { pod: reply.object, container: name };
  const { problem } = reply;
  const named = problem.kind === 'status' && textAt(problem.status, 'details', 'name') !== '';
  if (reasonOf(problem) === 'NotFound' && !named)
    fail(
      `ephemeral containers are disabled for this cluster (error from server: ${goQuote(messageOf(problem))})`,
    );
  throw new Failure(problem);
}

/** The copy, and the container in it that is debugged: an existing one or a new one. */
function copyFor(plan: Plan, pod: JsonObject): { readonly copy: JsonObject; readonly container: string } {
  const { flags } = plan.invocation;
  const copy: JsonObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: compact({
      name: flags.text('copy-to'),
      namespace: textAt(pod, 'metadata', 'namespace'),
      labels: copyOf(objectAt(pod, 'metadata', 'labels') ?? {}),
      annotations: copyOf(objectAt(pod, 'metadata', 'annotations') ?? {}),
    }),
    spec: copyOf(objectAt(pod, 'spec') ?? {}),
  };
  const spec = objectAt(copy, 'spec') ?? {};
  delete spec['ephemeralContainers'];
  if (!flags.toggle('same-node')) delete spec['nodeName'];
  if (flags.changed('share-processes')) spec['shareProcessNamespace'] = flags.toggle('share-processes');
  const images = flags.pairs('set-image');
  for (const container of objectsAt(spec, 'containers')) {
    const image = images.get(textAt(container, 'name')) ?? images.get('*');
    if (image !== undefined) container['image'] = image;
  }
  let name = flags.text('container');
  let container = ['containers', 'initContainers']
    .flatMap((kind) => objectsAt(spec, kind))
    .find((each) => textAt(each, 'name') === name);
  if (container === undefined) {
    if (flags.text('image') === '') {
      if (images.size > 0) return { copy, container: '' };
      fail('you must specify image when creating new container');
    }
    name = containerNameFor(plan, copy);
    container = newContainer(plan, name);
    setAt(copy, ['spec', 'containers'], [...objectsAt(spec, 'containers'), container]);
  } else {
    const { name: _, terminationMessagePolicy: __, image, ...fresh } = newContainer(plan, name);
    if (fresh['command'] !== undefined) delete container['args'];
    delete container['stdin'];
    delete container['tty'];
    for (const [key, value] of Object.entries(fresh)) container[key] = value;
    if (image !== '' && image !== undefined) container['image'] = image;
  }
  applyProfile(plan, copy, container, 'copy');
  return { copy, container: name };
}

function debugCopy(plan: Plan, pod: JsonObject): Started {
  const { flags, session } = plan.invocation;
  const { copy, container } = copyFor(plan, pod);
  const debugged = objectsAt(copy, 'spec', 'containers').find((each) => textAt(each, 'name') === container);
  if (debugged !== undefined && isLostOnUser(copy, debugged)) session.err(USER_WARNING);
  const pods = `/api/v1/namespaces/${textAt(pod, 'metadata', 'namespace')}/pods`;
  const created = session.api().call('POST', pods, { body: copy });
  if (flags.toggle('replace'))
    session.api().call('DELETE', `${pods}/${textAt(pod, 'metadata', 'name')}`, {
      body: { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 },
    });
  return { pod: created, container };
}

function debugNode(plan: Plan, node: JsonObject): Started {
  const { flags, session } = plan.invocation;
  const nodeName = textAt(node, 'metadata', 'name');
  const container = newContainer(plan, flags.text('container') || 'debugger');
  const name = `node-debugger-${nodeName}-${suffix(plan.invocation)}`;
  const containerName = textAt(container, 'name');
  if (!flags.toggle('quiet'))
    session.out(`Creating debugging pod ${name} with container ${containerName} on node ${nodeName}.\n`);
  const pod: JsonObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { 'app.kubernetes.io/managed-by': 'kubectl-debug' } },
    spec: {
      containers: [container],
      nodeName,
      restartPolicy: 'Never',
      tolerations: [{ operator: 'Exists' }],
    },
  };
  applyProfile(plan, pod, container, 'node');
  const pods = `/api/v1/namespaces/${session.namespace()}/pods`;
  return { pod: session.api().call('POST', pods, { body: pod }), container: containerName };
}

function stateOf(pod: JsonObject, container: string): JsonObject | undefined {
  for (const kind of ['initContainerStatuses', 'containerStatuses', 'ephemeralContainerStatuses']) {
    const status = objectsAt(pod, 'status', kind).find((each) => textAt(each, 'name') === container);
    if (status !== undefined) return objectAt(status, 'state') ?? {};
  }
  return undefined;
}

/** Follows the pod until the container runs or has run. */
function* waitForContainer({ invocation }: Plan, { pod, container }: Started): Step<JsonObject> {
  const { flags, session } = invocation;
  const path = `/api/v1/namespaces/${textAt(pod, 'metadata', 'namespace')}/pods`;
  const name = textAt(pod, 'metadata', 'name');
  const events = new Watch(session, path, [['fieldSelector', `metadata.name=${name}`]]);
  const signals = { interrupted: false };
  session.process.onSignal('SIGINT', () => (signals.interrupted = true));
  try {
    for (;;) {
      const event = yield* events.next(session.nowMs() + 1000);
      if (signals.interrupted) return fail('timed out waiting for the condition');
      if (event === 'timeout') continue;
      if (event === undefined) return fail('watch closed before UntilWithSync timeout');
      if (event.type === 'DELETED') fail('pods "" not found');
      const state = stateOf(event.object, container);
      if (state?.['running'] !== undefined || state?.['terminated'] !== undefined) return event.object;
      const message = textAt(state, 'waiting', 'message');
      if (message !== '' && !flags.toggle('quiet')) session.warning(`container ${container}: ${message}`);
    }
  } finally {
    session.process.onSignal('SIGINT', undefined);
    events.close();
  }
}

function printLog({ invocation: { session } }: Plan, pod: JsonObject, container: string): void {
  const response = session.api().exchange('GET', podPath(pod, 'log'), { query: [['container', container]] });
  if (response.status < 400 && response.body !== undefined)
    session.out(new TextDecoder().decode(response.body));
}

function* attachLater(plan: Plan, started: Started): Step {
  const { flags, session } = plan.invocation;
  const pod = yield* waitForContainer(plan, started);
  const { container } = started;
  if (stateOf(pod, container)?.['terminated'] !== undefined) {
    printLog(plan, pod, container);
    return undefined;
  }
  try {
    yield* attachTo(session, pod, {
      container,
      stdin: flags.toggle('stdin'),
      tty: flags.toggle('tty'),
      quiet: flags.toggle('quiet'),
    });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const name = textAt(pod, 'metadata', 'name');
    session.err(
      `warning: couldn't attach to pod/${name}, falling back to streaming logs: ${messageOf(error.problem)}\n`,
    );
    printLog(plan, pod, container);
  }
  return undefined;
}

function* run(invocation: Invocation): Step {
  const { flags, session } = invocation;
  const plan = complete(invocation);
  validate(plan);
  const query = {
    ...namespaceQuery(invocation),
    filenames: flags.list('filename'),
    args: plan.targets.map((name) => (name.includes('/') ? name : `pods/${name}`)),
  };
  yield* forEachInfo(session, query, function* (info) {
    const { group, version, kind } = typeOf(info);
    const object = objectOf(info);
    let started: Started;
    if (kind === 'Node' && group === '') started = debugNode(plan, object);
    else if (kind === 'Pod' && group === '')
      started = flags.text('copy-to') === '' ? debugInside(plan, object) : debugCopy(plan, object);
    else return fail(`${goQuote(`${group}/${version}, Kind=${kind}`)} not supported by debug`);
    if (plan.attach && started.container !== '') yield* attachLater(plan, started);
    return undefined;
  });
  return undefined;
}

export const debugCommand: Command = {
  ...DEBUG,
  long: `Look into a pod or a node with tools of your own.

 A container is added to a running pod and shares its network: its addresses, its routes, its ports. With --copy-to a copy of the pod is made instead. For a node, a pod is started that shares the node's network.`,
  examples: [
    [
      'A shell beside the containers of a pod',
      'kubectl debug -it web --image=busybox:1.37 --profile=netadmin',
    ],
    [
      'Run one command there',
      'kubectl debug web --image=busybox:1.37 --profile=general --attach -- netstat -tln',
    ],
    [
      'A copy of the pod with another image',
      'kubectl debug web --copy-to=web-debug --set-image=*=busybox:1.37',
    ],
    [
      "A shell in a node's network",
      'kubectl debug node/podwire-worker -it --image=busybox:1.37 --profile=netadmin',
    ],
  ],
  run,
};
