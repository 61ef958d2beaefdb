import { fail } from '../../failure.ts';
import { goQuote } from '../../values/go-text.ts';
import { numberAt, objectsAt, textAt, valueAt } from '../../values/json.ts';
import type { JsonObject } from '../../values/json.ts';

/** One port of this machine and the port of the pod behind it. A local port of 0 is chosen freely. */
export interface ForwardedPort {
  readonly local: number;
  readonly remote: number;
}

interface WrittenPort {
  readonly local: string;
  readonly remote: string;
}

const isNumber = (text: string): boolean => /^[-+]?\d+$/.test(text);

function splitPort(text: string): WrittenPort {
  const [local = '', remote, more] = text.split(':');
  return remote !== undefined && more === undefined ? { local, remote } : { local, remote: local };
}

function join(local: string, remote: string): string {
  return local === remote ? remote : `${local}:${remote}`;
}

function podPort(pod: JsonObject, name: string): number {
  for (const kind of ['containers', 'initContainers'])
    for (const container of objectsAt(pod, 'spec', kind))
      for (const port of objectsAt(container, 'ports'))
        if (textAt(port, 'name') === name) return numberAt(port, 'containerPort') ?? 0;
  return fail(`Pod '${textAt(pod, 'metadata', 'name')}' does not have a named port '${name}'`);
}

function servicePort(service: JsonObject, name: string): number {
  const found = objectsAt(service, 'spec', 'ports').find((port) => textAt(port, 'name') === name);
  if (found !== undefined) return numberAt(found, 'port') ?? 0;
  return fail(`Service '${textAt(service, 'metadata', 'name')}' does not have a named port '${name}'`);
}

function containerPortBehind(service: JsonObject, pod: JsonObject, port: number): number {
  const found = objectsAt(service, 'spec', 'ports').find((each) => numberAt(each, 'port') === port);
  if (found === undefined)
    return fail(`Service ${textAt(service, 'metadata', 'name')} does not have a service port ${port}`);
  if (textAt(service, 'spec', 'clusterIP') === 'None') return port;
  const target = valueAt(found, 'targetPort');
  if (typeof target === 'string') return podPort(pod, target);
  return typeof target === 'number' && target !== 0 ? target : port;
}

/** Port-forward carries TCP alone. */
function refuseUdp(
  texts: readonly string[],
  ports: readonly { readonly number: number; readonly protocol: string }[],
  numberOf: (name: string) => number,
): void {
  const of = (protocol: string): ReadonlySet<number> =>
    new Set(ports.filter((port) => port.protocol === protocol).map((port) => port.number));
  const [udp, tcp] = [of('UDP'), of('TCP')];
  for (const text of texts) {
    const { remote } = splitPort(text);
    const port = isNumber(remote) ? Number(remote) : numberOf(remote);
    if (udp.has(port) && !tcp.has(port)) fail(`UDP protocol is not supported for ${remote}`);
  }
}

/** Ports of a Service become those of the pod: names and targetPorts are looked up. */
export function translateServicePorts(
  texts: readonly string[],
  service: JsonObject,
  pod: JsonObject,
): readonly string[] {
  const ports = objectsAt(service, 'spec', 'ports').map((port) => ({
    number: numberAt(port, 'port') ?? 0,
    protocol: textAt(port, 'protocol') || 'TCP',
  }));
  refuseUdp(texts, ports, (name) => servicePort(service, name));
  return texts.map((text) => {
    const { local, remote } = splitPort(text);
    const port = isNumber(remote) ? Number(remote) : servicePort(service, remote);
    const here = !isNumber(remote) && local === remote ? String(port) : local;
    return join(here, String(containerPortBehind(service, pod, port)));
  });
}

/** Named ports of a pod become numbers. */
export function translatePodPorts(texts: readonly string[], pod: JsonObject): readonly string[] {
  const ports = objectsAt(pod, 'spec', 'containers').flatMap((container) =>
    objectsAt(container, 'ports').map((port) => ({
      number: numberAt(port, 'containerPort') ?? 0,
      protocol: textAt(port, 'protocol') || 'TCP',
    })),
  );
  refuseUdp(texts, ports, (name) => podPort(pod, name));
  return texts.map((text) => {
    const { local, remote } = splitPort(text);
    if (remote === '') fail('remote port cannot be empty');
    const number = isNumber(remote) ? remote : String(podPort(pod, remote));
    return local === remote ? number : `${local}:${number}`;
  });
}

function unsigned16(text: string, which: 'local' | 'remote'): number {
  const wrong = (why: string): never =>
    fail(`error parsing ${which} port '${text}': strconv.ParseUint: parsing ${goQuote(text)}: ${why}`);
  if (!/^\d+$/.test(text)) return wrong('invalid syntax');
  return Number(text) > 65_535 ? wrong('value out of range') : Number(text);
}

export function parsePorts(texts: readonly string[]): readonly ForwardedPort[] {
  return texts.map((text) => {
    const parts = text.split(':');
    if (parts.length > 2) fail(`invalid port format '${text}'`);
    const [first = '', second] = parts;
    const local = unsigned16(second !== undefined && first === '' ? '0' : first, 'local');
    const remote = unsigned16(second ?? first, 'remote');
    if (remote === 0) fail('remote port must be > 0');
    return { local, remote };
  });
}

export interface ListenAddress {
  readonly address: string;
  readonly family: 'tcp4' | 'tcp6';
  /** `all`: one of the two addresses of localhost is enough. */
  readonly failureMode: 'all' | 'any';
}

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.|$)){4}$/;

export function parseAddresses(texts: readonly string[]): readonly ListenAddress[] {
  const parsed = new Map<string, ListenAddress>();
  const add = (address: ListenAddress): void => void parsed.set(address.address, address);
  for (const text of texts) {
    if (text === 'localhost') {
      if (!parsed.has('127.0.0.1')) add({ address: '127.0.0.1', family: 'tcp4', failureMode: 'all' });
      if (!parsed.has('::1')) add({ address: '::1', family: 'tcp6', failureMode: 'all' });
    } else if (IPV4.test(text)) add({ address: text, family: 'tcp4', failureMode: 'any' });
    else if (/^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(text))
      add({ address: text, family: 'tcp6', failureMode: 'any' });
    else fail(`${text} is not a valid IP`);
  }
  return [...parsed.values()].sort((a, b) => (a.address < b.address ? -1 : 1));
}

/** `127.0.0.1:80`, `[::1]:80`. */
export function hostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
