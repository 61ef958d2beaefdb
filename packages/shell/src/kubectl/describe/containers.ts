import { canonicalQuantity, milliUnits, parseQuantity, wholeUnits } from '../values/quantity.ts';
import { goQuote } from '../values/go-text.ts';
import {
  compareText,
  flagAt,
  numberAt,
  objectAt,
  objectsAt,
  textAt,
  textMapAt,
  textsAt,
  valueAt,
} from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';
import { orNone, plain, time } from './writer.ts';
import type { DescribeWriter } from './writer.ts';

function joinHostPort(host: string, port: string): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

export function probeText(probe: JsonObject): string {
  const number = (key: string): number => numberAt(probe, key) ?? 0;
  const attributes = `delay=${number('initialDelaySeconds')}s timeout=${number('timeoutSeconds')}s period=${number('periodSeconds')}s #success=${number('successThreshold')} #failure=${number('failureThreshold')}`;
  const exec = objectAt(probe, 'exec');
  if (exec !== undefined) return `exec [${textsAt(exec, 'command').join(' ')}] ${attributes}`;
  const http = objectAt(probe, 'httpGet');
  if (http !== undefined) {
    const port = plain(http['port']);
    const host = joinHostPort(textAt(http, 'host'), port);
    const path = encodeURI(textAt(http, 'path'));
    return `http-get ${textAt(http, 'scheme').toLowerCase()}://${host}${path === '' || path.startsWith('/') ? path : `/${path}`} ${attributes}`;
  }
  const tcp = objectAt(probe, 'tcpSocket');
  if (tcp !== undefined) return `tcp-socket ${textAt(tcp, 'host')}:${plain(tcp['port'])} ${attributes}`;
  const grpc = objectAt(probe, 'grpc');
  if (grpc !== undefined)
    return `grpc <pod>:${numberAt(grpc, 'port') ?? 0} ${textAt(grpc, 'service')} ${attributes}`;
  return `unknown ${attributes}`;
}

function ports(container: JsonObject, field: 'containerPort' | 'hostPort'): string {
  return objectsAt(container, 'ports')
    .map((port) => {
      const name = textAt(port, 'name');
      return `${numberAt(port, field) ?? 0}/${textAt(port, 'protocol')}${name === '' ? '' : ` (${name})`}`;
    })
    .join(', ');
}

function portLine(w: DescribeWriter, one: string, many: string, text: string): void {
  if (text.includes(',')) w.write(2, `${many}:\t${text}\n`);
  else w.write(2, `${one}:\t${orNone(text)}\n`);
}

function describeState(w: DescribeWriter, name: string, state: JsonObject | undefined): void {
  const running = objectAt(state, 'running');
  const terminated = objectAt(state, 'terminated');
  if (running !== undefined) {
    w.write(2, `${name}:\tRunning\n`);
    w.write(3, `Started:\t${time(textAt(running, 'startedAt'))}\n`);
  } else if (terminated !== undefined) {
    w.write(2, `${name}:\tTerminated\n`);
    if (textAt(terminated, 'reason') !== '') w.write(3, `Reason:\t${textAt(terminated, 'reason')}\n`);
    if (textAt(terminated, 'message') !== '') w.write(3, `Message:\t${textAt(terminated, 'message')}\n`);
    w.write(3, `Exit Code:\t${numberAt(terminated, 'exitCode') ?? 0}\n`);
    const signal = numberAt(terminated, 'signal') ?? 0;
    if (signal > 0) w.write(3, `Signal:\t${signal}\n`);
    w.write(3, `Started:\t${time(textAt(terminated, 'startedAt'))}\n`);
    w.write(3, `Finished:\t${time(textAt(terminated, 'finishedAt'))}\n`);
  } else {
    w.write(2, `${name}:\tWaiting\n`);
    const reason = textAt(state, 'waiting', 'reason');
    if (reason !== '') w.write(3, `Reason:\t${reason}\n`);
  }
}

export function describeResources(w: DescribeWriter, resources: JsonObject | undefined, level: number): void {
  for (const [title, key] of [
    ['Limits', 'limits'],
    ['Requests', 'requests'],
  ] as const) {
    const entries = Object.entries(objectAt(resources, key) ?? {}).sort(([a], [b]) => compareText(a, b));
    if (entries.length > 0) w.write(level, `${title}:\n`);
    for (const [name, quantity] of entries)
      w.write(level + 1, `${name}:\t${canonicalQuantity(plain(quantity))}\n`);
  }
}

/** What the kubelet would put for a field of the pod; only metadata is known before it runs. */
function fieldValue(pod: JsonObject | undefined, path: string): string {
  const keyed = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (keyed !== null) return textMapAt(pod, 'metadata', keyed[1] ?? '').get(keyed[2] ?? '') ?? '';
  const named = /^metadata\.(name|namespace|uid)$/.exec(path);
  if (named !== null) return textAt(pod, 'metadata', named[1] ?? '');
  if (path !== 'metadata.labels' && path !== 'metadata.annotations') return '';
  return [...textMapAt(pod, 'metadata', path.slice('metadata.'.length))]
    .map(([key, value]) => `${key}=${goQuote(value)}`)
    .join('\n');
}

function resourceValue(container: JsonObject, reference: JsonObject): string {
  const resource = textAt(reference, 'resource');
  const [kind = '', ...rest] = resource.split('.');
  const name = rest.join('.');
  const amount = parseQuantity(plain(valueAt(container, 'resources', kind, name)));
  const divisor = parseQuantity(plain(reference['divisor']));
  if (amount === undefined) return resource.startsWith('limits.') ? 'node allocatable' : '0';
  const unit = divisor === undefined || divisor.nanos === 0n ? undefined : divisor;
  const ceil = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;
  const value =
    name === 'cpu'
      ? ceil(milliUnits(amount), unit === undefined ? 1000n : milliUnits(unit))
      : ceil(wholeUnits(amount), unit === undefined ? 1n : wholeUnits(unit));
  return value === 0n && (resource === 'limits.cpu' || resource === 'limits.memory')
    ? 'node allocatable'
    : value.toString();
}

function describeEnvironment(w: DescribeWriter, container: JsonObject, pod: JsonObject | undefined): void {
  const sources = objectsAt(container, 'envFrom');
  if (sources.length > 0) {
    w.write(2, 'Environment Variables from:\n');
    for (const source of sources) {
      const isMap = objectAt(source, 'configMapRef') !== undefined;
      const reference = objectAt(source, isMap ? 'configMapRef' : 'secretRef');
      const prefix = textAt(source, 'prefix');
      const kind = isMap ? 'ConfigMap' : 'Secret';
      w.write(
        3,
        `${textAt(reference, 'name')}\t${kind}${prefix === '' ? '' : ` with prefix '${prefix}'`}\tOptional: ${flagAt(reference, 'optional') === true}\n`,
      );
    }
  }
  const variables = objectsAt(container, 'env');
  w.write(2, `Environment:${variables.length === 0 ? '\t<none>' : ''}\n`);
  for (const variable of variables) {
    const name = textAt(variable, 'name');
    const from = objectAt(variable, 'valueFrom');
    if (from === undefined) {
      textAt(variable, 'value')
        .split('\n')
        .forEach((line, i) => {
          w.write(3, `${i === 0 ? `${name}:` : ''}\t${line}\n`);
        });
      continue;
    }
    const field = objectAt(from, 'fieldRef');
    const resource = objectAt(from, 'resourceFieldRef');
    const secret = objectAt(from, 'secretKeyRef');
    const map = objectAt(from, 'configMapKeyRef');
    if (field !== undefined) {
      w.write(
        3,
        `${name}:\t${fieldValue(pod, textAt(field, 'fieldPath'))} (${textAt(field, 'apiVersion')}:${textAt(field, 'fieldPath')})\n`,
      );
    } else if (resource !== undefined) {
      w.write(3, `${name}:\t${resourceValue(container, resource)} (${textAt(resource, 'resource')})\n`);
    } else if (secret !== undefined) {
      w.write(
        3,
        `${name}:\t<set to the key '${textAt(secret, 'key')}' in secret '${textAt(secret, 'name')}'>\tOptional: ${flagAt(secret, 'optional') === true}\n`,
      );
    } else if (map !== undefined) {
      w.write(
        3,
        `${name}:\t<set to the key '${textAt(map, 'key')}' of config map '${textAt(map, 'name')}'>\tOptional: ${flagAt(map, 'optional') === true}\n`,
      );
    }
  }
}

function describeMounts(w: DescribeWriter, container: JsonObject): void {
  const mounts = [...objectsAt(container, 'volumeMounts')].sort((a, b) =>
    compareText(textAt(a, 'mountPath'), textAt(b, 'mountPath')),
  );
  w.write(2, `Mounts:${mounts.length === 0 ? '\t<none>' : ''}\n`);
  for (const mount of mounts) {
    const subPath = textAt(mount, 'subPath');
    const mode =
      (flagAt(mount, 'readOnly') === true ? 'ro' : 'rw') +
      (subPath === '' ? '' : `,path=${goQuote(subPath)}`);
    w.write(3, `${textAt(mount, 'mountPath')} from ${textAt(mount, 'name')} (${mode})\n`);
  }
  const devices = [...objectsAt(container, 'volumeDevices')].sort((a, b) =>
    compareText(textAt(a, 'devicePath'), textAt(b, 'devicePath')),
  );
  if (devices.length > 0) w.write(2, `Devices:${mounts.length === 0 ? '\t<none>' : ''}\n`);
  for (const device of devices)
    w.write(3, `${textAt(device, 'devicePath')} from ${textAt(device, 'name')}\n`);
}

export interface ContainerGroup {
  readonly title: string;
  readonly containers: readonly JsonObject[];
  readonly statuses: readonly JsonObject[];
  /** The pod that they are part of; a template has none. */
  readonly pod: JsonObject | undefined;
  readonly space: string;
}

export function describeContainers(
  w: DescribeWriter,
  { title, containers, statuses, pod, space }: ContainerGroup,
): void {
  w.write(0, `${space}${title}:${containers.length === 0 ? ' <none>' : ''}\n`);
  for (const container of containers) {
    const status = statuses.find((each) => textAt(each, 'name') === textAt(container, 'name'));
    w.write(1, `${space === '' ? '' : ' '}${textAt(container, 'name')}:\n`);
    if (status !== undefined) w.write(2, `Container ID:\t${textAt(status, 'containerID')}\n`);
    w.write(2, `Image:\t${textAt(container, 'image')}\n`);
    if (status !== undefined) w.write(2, `Image ID:\t${textAt(status, 'imageID')}\n`);
    portLine(w, 'Port', 'Ports', ports(container, 'containerPort'));
    portLine(w, 'Host Port', 'Host Ports', ports(container, 'hostPort'));
    const seccomp = textAt(container, 'securityContext', 'seccompProfile', 'type');
    if (seccomp !== '') w.write(2, `SeccompProfile:\t${seccomp}\n`);
    for (const [name, key] of [
      ['Command', 'command'],
      ['Args', 'args'],
    ] as const) {
      const words = textsAt(container, key);
      if (words.length > 0) w.write(2, `${name}:\n`);
      for (const line of words.flatMap((word) => word.split('\n'))) w.write(3, `${line}\n`);
    }
    if (status !== undefined) {
      describeState(w, 'State', objectAt(status, 'state'));
      if (objectAt(status, 'lastState', 'terminated') !== undefined)
        describeState(w, 'Last State', objectAt(status, 'lastState'));
      w.write(2, `Ready:\t${flagAt(status, 'ready') === true ? 'True' : 'False'}\n`);
      w.write(2, `Restart Count:\t${numberAt(status, 'restartCount') ?? 0}\n`);
    }
    describeResources(w, objectAt(container, 'resources'), 2);
    for (const [name, key] of [
      ['Liveness', 'livenessProbe'],
      ['Readiness', 'readinessProbe'],
      ['Startup', 'startupProbe'],
    ] as const) {
      const probe = objectAt(container, key);
      if (probe !== undefined) w.write(2, `${name}:\t${probeText(probe)}\n`);
    }
    describeEnvironment(w, container, pod);
    describeMounts(w, container);
  }
}
