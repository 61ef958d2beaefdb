import { CONTAINER_RUNTIME_SERVICE } from '@podwire/kubesim';
import type { ContainerRuntime, RuntimeContainer, RuntimePod } from '@podwire/kubesim';
import type { Process, Task } from '@podwire/machine';
import { parseTemplate } from '../kubectl/printers/go-template/parse.ts';
import { runTemplate } from '../kubectl/printers/go-template/run.ts';
import { parseOptions } from '../stdio/options.ts';
import type { OptionSpec, ParsedOptions } from '../stdio/options.ts';
import { complain, print } from '../stdio/output.ts';
import { taskProgram } from '../stdio/program.ts';

/** How much of an id a table shows. */
const SHORT_ID = 13;
/** The table of crictl: columns at least so wide, and so far apart. */
const COLUMN_WIDTH = 20;
const COLUMN_GAP = 3;

const SELECTORS: readonly OptionSpec[] = [
  { name: 'all', short: 'a', long: 'all' },
  { name: 'quiet', short: 'q', long: 'quiet' },
  { name: 'name', long: 'name', value: 'required' },
  { name: 'pod', short: 'p', long: 'pod', value: 'required' },
  { name: 'namespace', long: 'namespace', value: 'required' },
  { name: 'state', short: 's', long: 'state', value: 'required' },
  { name: 'id', long: 'id', value: 'required' },
  { name: 'no-trunc', long: 'no-trunc' },
  { name: 'output', short: 'o', long: 'output', value: 'required' },
  { name: 'template', long: 'template', value: 'required' },
  { name: 'tail', long: 'tail', value: 'required' },
  { name: 'timestamps', short: 't', long: 'timestamps' },
];

const COMMANDS = ['images', 'inspect', 'inspectp', 'logs', 'pods', 'ps', 'version'] as const;

/** crictl(8): what the runtime of a node knows, without the API server. It looks only. */
export const crictl = taskProgram(function* (process) {
  const args = process.argv.slice(1);
  // Where the runtime is said to be does not matter: there is one.
  while (/^(?:-r|--runtime-endpoint|-i|--image-endpoint)$/.test(args[0] ?? '')) args.splice(0, 2);
  const [word, ...rest] = args;
  const runtime = process.machine.service(CONTAINER_RUNTIME_SERVICE) as ContainerRuntime | undefined;
  if (runtime === undefined)
    return yield* complain(
      process,
      'FATA[0000] validate service connection: validate CRI v1 runtime API for endpoint "unix:///run/containerd/containerd.sock": rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: no such file or directory"',
    );
  const command = COMMANDS.find((each) => each === (word === 'image' ? 'images' : word));
  if (command === undefined)
    return yield* complain(
      process,
      word === undefined
        ? `crictl: give a command: ${COMMANDS.join(', ')}`
        : `crictl: "${word}" is not part of this simulation, which only looks: ${COMMANDS.join(', ')}. kubectl exec, delete and run change what runs`,
    );
  const parsed = parseOptions(rest, SELECTORS);
  if (!parsed.ok) return yield* complain(process, `crictl: ${parsed.message}`);
  switch (command) {
    case 'ps':
      return yield* listContainers(process, runtime, parsed);
    case 'pods':
      return yield* listPods(process, runtime, parsed);
    case 'images':
      return yield* listImages(process, runtime, parsed);
    case 'inspect':
    case 'inspectp':
      return yield* inspect(process, runtime, parsed, command);
    case 'logs':
      return yield* showLogs(process, runtime, parsed);
    case 'version':
      yield* print(
        process,
        'Version:  0.1.0\nRuntimeName:  containerd\nRuntimeVersion:  v2.1.4\nRuntimeApiVersion:  v1\n',
      );
      return 0;
  }
});

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_cell, column) =>
    Math.max(COLUMN_WIDTH, ...rows.map((row) => (row[column]?.length ?? 0) + COLUMN_GAP)),
  );
  return rows
    .map(
      (row) =>
        `${row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('')}\n`,
    )
    .join('');
}

function shortId(id: string, options: ParsedOptions): string {
  const bare = id.replace(/^sha256:/, '');
  return options.flags.has('no-trunc') ? id : bare.slice(0, SHORT_ID);
}

/** `2 minutes ago`, as go-units says it. */
function ago(process: Process, ms: number): string {
  const seconds = Math.floor((process.nowMs() - ms) / 1000);
  if (seconds < 1) return 'Less than a second ago';
  if (seconds === 1) return '1 second ago';
  if (seconds < 60) return `${seconds} seconds ago`;
  const minutes = Math.floor(seconds / 60);
  if (minutes === 1) return 'About a minute ago';
  if (minutes < 60) return `${minutes} minutes ago`;
  const hours = Math.floor(seconds / 3600 + 0.5);
  if (hours === 1) return 'About an hour ago';
  return hours < 48 ? `${hours} hours ago` : `${Math.floor(hours / 24)} days ago`;
}

function matching(value: string, wanted: string | undefined): boolean {
  return wanted === undefined || value.includes(wanted);
}

interface Found {
  readonly pod: RuntimePod;
  readonly container: RuntimeContainer;
}

function containersOf(runtime: ContainerRuntime, options: ParsedOptions): readonly Found[] {
  const { values, flags } = options;
  return runtime
    .pods()
    .flatMap((pod) => pod.containers.map((container) => ({ pod, container })))
    .filter(
      ({ pod, container }) =>
        (flags.has('all') || values.has('state') || container.state === 'Running') &&
        matching(container.state.toLowerCase(), values.get('state')?.toLowerCase()) &&
        matching(container.name, values.get('name')) &&
        matching(pod.namespace, values.get('namespace')) &&
        container.id.startsWith(values.get('id') ?? '') &&
        pod.id.startsWith(values.get('pod') ?? ''),
    )
    .sort((left, right) => right.container.startedMs - left.container.startedMs);
}

function* listContainers(process: Process, runtime: ContainerRuntime, options: ParsedOptions): Task {
  const found = containersOf(runtime, options);
  if (options.flags.has('quiet')) {
    yield* print(process, found.map(({ container }) => `${container.id}\n`).join(''));
    return 0;
  }
  const head = ['CONTAINER', 'IMAGE', 'CREATED', 'STATE', 'NAME', 'ATTEMPT', 'POD ID', 'POD', 'NAMESPACE'];
  const rows = found.map(({ pod, container }) => [
    shortId(container.id, options),
    shortId(container.imageId === '' ? container.image : container.imageId, options),
    ago(process, container.startedMs),
    container.state,
    container.name,
    String(container.attempt),
    shortId(pod.id, options),
    pod.name,
    pod.namespace,
  ]);
  yield* print(process, table([head, ...rows]));
  return 0;
}

function* listPods(process: Process, runtime: ContainerRuntime, options: ParsedOptions): Task {
  const { values } = options;
  const pods = runtime
    .pods()
    .filter(
      (pod) =>
        matching(pod.name, values.get('name')) &&
        matching(pod.namespace, values.get('namespace')) &&
        pod.id.startsWith(values.get('id') ?? '') &&
        matching(pod.ready ? 'ready' : 'notready', values.get('state')?.toLowerCase()),
    )
    .sort((left, right) => right.createdMs - left.createdMs);
  if (options.flags.has('quiet')) {
    yield* print(process, pods.map(({ id }) => `${id}\n`).join(''));
    return 0;
  }
  const head = ['POD ID', 'CREATED', 'STATE', 'NAME', 'NAMESPACE', 'ATTEMPT', 'RUNTIME'];
  const rows = pods.map((pod) => [
    shortId(pod.id, options),
    ago(process, pod.createdMs),
    pod.ready ? 'Ready' : 'NotReady',
    pod.name,
    pod.namespace,
    '0',
    '(default)',
  ]);
  yield* print(process, table([head, ...rows]));
  return 0;
}

function* listImages(process: Process, runtime: ContainerRuntime, options: ParsedOptions): Task {
  const images = runtime.images().toSorted((left, right) => (left.reference < right.reference ? -1 : 1));
  if (options.flags.has('quiet')) {
    yield* print(process, [...new Set(images.map(({ id }) => id))].map((id) => `${id}\n`).join(''));
    return 0;
  }
  const rows = images.map(({ reference, id, sizeBytes }) => {
    const whole = wholeReference(reference);
    const colon = whole.lastIndexOf(':');
    return [whole.slice(0, colon), whole.slice(colon + 1), shortId(id, options), sizeText(sizeBytes)];
  });
  yield* print(process, table([['IMAGE', 'TAG', 'IMAGE ID', 'SIZE'], ...rows]));
  return 0;
}

/** `61.8MB`: three digits, in powers of 1000. */
function sizeText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${Number(value.toPrecision(3))}${units[unit] ?? ''}`;
}

/** `nginx` is docker.io/library/nginx:latest. */
function wholeReference(reference: string): string {
  const [first = '', ...rest] = reference.split('/');
  const hasHost = rest.length > 0 && (first.includes('.') || first.includes(':') || first === 'localhost');
  const host = hasHost ? reference : `docker.io/${rest.length === 0 ? 'library/' : ''}${reference}`;
  return /:[^/]*$/.test(host) ? host : `${host}:latest`;
}

function notFound(process: Process, what: 'container' | 'sandbox', id: string): Task {
  return complain(
    process,
    what === 'container'
      ? `FATA[0000] getting the status of the container "${id}": rpc error: code = NotFound desc = an error occurred when try to find container "${id}": not found`
      : `FATA[0000] getting the pod sandbox status for "${id}": rpc error: code = NotFound desc = an error occurred when try to find sandbox: not found`,
  );
}

function* inspect(
  process: Process,
  runtime: ContainerRuntime,
  options: ParsedOptions,
  command: 'inspect' | 'inspectp',
): Task {
  const [id] = options.operands;
  if (id === undefined) return yield* complain(process, 'FATA[0000] ID cannot be empty');
  const pods = runtime.pods();
  const pod =
    command === 'inspectp'
      ? pods.find((each) => each.id.startsWith(id))
      : pods.find(({ containers }) => containers.some((each) => each.id.startsWith(id)));
  const container =
    command === 'inspect' ? pod?.containers.find((each) => each.id.startsWith(id)) : undefined;
  if (pod === undefined) return yield* notFound(process, command === 'inspect' ? 'container' : 'sandbox', id);
  const status = container === undefined ? podStatus(pod) : containerStatus(pod, container);
  const output = options.values.get('output') ?? 'json';
  const template = options.values.get('template');
  if (output === 'go-template' && template !== undefined) {
    const parsed = parseTemplate(template);
    const ran = parsed.ok ? runTemplate(template, parsed.nodes, status, { allowMissing: true }) : parsed;
    if (!ran.ok) return yield* complain(process, `FATA[0000] ${ran.message}`);
    yield* print(process, `${ran.text}\n`);
    return 0;
  }
  if (output !== 'json')
    return yield* complain(
      process,
      `crictl: the output ${output} is not part of this simulation; json and go-template are`,
    );
  yield* print(process, `${JSON.stringify(status, undefined, 2)}\n`);
  return 0;
}

const timeOf = (ms: number): string => new Date(Math.floor(ms)).toISOString().replace('Z', '000000Z');

function namespaceList(pod: RuntimePod): { type: string; path: string }[] {
  return pod.netnsName === undefined ? [] : [{ type: 'network', path: `/var/run/netns/${pod.netnsName}` }];
}

function kubeLabels(pod: RuntimePod): Record<string, string> {
  return {
    'io.kubernetes.pod.name': pod.name,
    'io.kubernetes.pod.namespace': pod.namespace,
    'io.kubernetes.pod.uid': pod.uid,
  };
}

function containerStatus(pod: RuntimePod, container: RuntimeContainer) {
  const { id, name, attempt, image, imageId, state, pid, startedMs, finishedMs, exitCode, reason } =
    container;
  return {
    status: {
      id,
      metadata: { attempt, name },
      state: state === 'Running' ? 'CONTAINER_RUNNING' : 'CONTAINER_EXITED',
      createdAt: timeOf(startedMs),
      startedAt: timeOf(startedMs),
      finishedAt: finishedMs === undefined ? '0001-01-01T00:00:00Z' : timeOf(finishedMs),
      exitCode: exitCode ?? 0,
      reason: reason ?? '',
      image: { annotations: {}, image: wholeReference(image), userSpecifiedImage: '' },
      imageRef: imageId,
      labels: { 'io.kubernetes.container.name': name, ...kubeLabels(pod) },
      logPath: `/var/log/pods/${pod.namespace}_${pod.name}_${pod.uid}/${name}/${attempt}.log`,
    },
    info: {
      sandboxID: pod.id,
      pid,
      removing: false,
      runtimeSpec: { linux: { namespaces: namespaceList(pod) } },
    },
  };
}

function podStatus(pod: RuntimePod) {
  const [ip = '', ...more] = pod.addresses;
  return {
    status: {
      id: pod.id,
      metadata: { attempt: 0, name: pod.name, namespace: pod.namespace, uid: pod.uid },
      state: pod.ready ? 'SANDBOX_READY' : 'SANDBOX_NOTREADY',
      createdAt: timeOf(pod.createdMs),
      network: { additionalIps: more.map((address) => ({ ip: address })), ip },
      labels: { ...kubeLabels(pod), ...pod.labels },
    },
    info: { runtimeSpec: { linux: { namespaces: namespaceList(pod) } } },
  };
}

function* showLogs(process: Process, runtime: ContainerRuntime, options: ParsedOptions): Task {
  const [id] = options.operands;
  if (id === undefined) return yield* complain(process, 'FATA[0000] ID cannot be empty');
  const container = runtime
    .pods()
    .flatMap(({ containers }) => containers)
    .find((each) => each.id.startsWith(id));
  if (container === undefined) return yield* notFound(process, 'container', id);
  const tail = options.values.get('tail');
  const count = tail === undefined ? container.log.length : Math.max(0, Number(tail) || 0);
  const lines = container.log.slice(Math.max(0, container.log.length - count));
  const stamp = options.flags.has('timestamps');
  yield* print(
    process,
    lines.map(({ atMs, text }) => `${stamp ? `${timeOf(atMs)} ` : ''}${text}\n`).join(''),
  );
  return 0;
}
