import type { Process, Task, TaskProgram } from '@podwire/machine';
import { canonicalIp, cidrContains } from '@podwire/netsim';
import type { InterfaceInfo, NeighborInfo, Route } from '@podwire/netsim';
import { complain, print } from '../stdio/output.ts';
import { briefJson, jsonText, linkJson, neighborJson, routeJson } from './ip-json.ts';
import type { LinkFacts } from './ip-json.ts';
import { ipNetns } from './namespaces.ts';
import { prefixOf } from './net-tools.ts';

const OBJECTS = ['address', 'link', 'route', 'neighbor'] as const;
type IpObject = (typeof OBJECTS)[number];

/** What stands before the object on ip's command line. */
interface View {
  readonly brief: boolean;
  readonly statistics: boolean;
  readonly details: boolean;
  readonly family: 4 | 6 | undefined;
  readonly json: boolean;
  readonly pretty: boolean;
}

const VIEWS: Readonly<Record<string, Partial<View>>> = {
  '-4': { family: 4 },
  '-6': { family: 6 },
  '-j': { json: true },
  '-json': { json: true },
  '-p': { pretty: true },
  '-pretty': { pretty: true },
  '-br': { brief: true },
  '-brief': { brief: true },
  '-d': { details: true },
  '-details': { details: true },
  '-s': { statistics: true },
  '-stats': { statistics: true },
  '-statistics': { statistics: true },
  // Colours: there is nobody to see them.
  '-c': {},
  '-color': {},
  '-c=never': {},
};
/** Options of the real one that print in forms which are not modelled. */
const UNMODELLED = ['-o', '-oneline', '-n', '-netns', '-b', '-batch', '-a', '-t'];

/** iproute2's ip: what there is, and the changes that a node's or toolbox's user may make to routes and links. */
export const ip: TaskProgram = {
  kind: 'task',
  *run(process) {
    const words = process.argv.slice(1);
    let view: View = {
      brief: false,
      statistics: false,
      details: false,
      family: undefined,
      json: false,
      pretty: false,
    };
    while (words[0]?.startsWith('-') === true) {
      const option = words.shift() ?? '';
      if (UNMODELLED.includes(option))
        return yield* complain(process, `ip: ${option} is not part of this simulation`, 255);
      const change = Object.hasOwn(VIEWS, option) ? VIEWS[option] : undefined;
      if (change === undefined)
        return yield* complain(process, `Option "${option}" is unknown, try "ip -help".`, 255);
      view = { ...view, ...change };
    }
    const [objectName, command = 'show', ...rest] = words;
    if (objectName === undefined)
      return yield* complain(
        process,
        'Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }\nwhere  OBJECT := { address | link | neighbor | route | rule }',
        255,
      );
    if ('rule'.startsWith(objectName) && objectName.length > 1)
      return yield* showRules(process, command, view);
    if ('netns'.startsWith(objectName) && objectName.length > 2)
      return yield* ipNetns(process, words[1] ?? 'list', rest);
    const object = objectOf(objectName);
    if (view.json && (view.statistics || view.details || command === 'get'))
      return yield* complain(process, 'ip: -j with -s, -d or route get is not part of this simulation', 255);
    if (object === undefined)
      return yield* complain(process, `Object "${objectName}" is unknown, try "ip help".`, 1);
    if (!isShow(command) && !(object === 'route' && command === 'get'))
      return yield* change(process, object, command, rest);
    const device = rest.filter((word) => word !== 'dev')[0];
    if (object === 'address' || object === 'link') {
      const only = onlyOf(isShow(command) ? rest : [command, ...rest]);
      if (typeof only === 'string')
        return yield* complain(process, `Error: either "dev" is duplicate, or "${only}" is a garbage.`, 255);
      return yield* showInterfaces(process, object, view, only);
    }
    switch (object) {
      case 'route':
        return command === 'get'
          ? yield* routeGet(process, rest[0] ?? '')
          : yield* showRoutes(process, device, view);
      case 'neighbor':
        return yield* showNeighbors(process, device, view);
    }
  },
};

function* showNeighbors(process: Process, device: string | undefined, view: View): Task {
  const known = process.net.network
    .neighbors(process.net.netns)
    .filter(
      ({ address, interfaceName }) =>
        isOf(address, view.family) && (device === undefined || device === interfaceName),
    );
  yield* print(
    process,
    view.json ? jsonText(known.map(neighborJson), view.pretty) : known.map(neighborLine).join(''),
  );
  return 0;
}

function isOf(address: string, family: View['family']): boolean {
  return family === undefined || address.includes(':') === (family === 6);
}

/** The rules that every kernel begins with; there are no others here. */
function* showRules(process: Process, command: string, { family }: View): Task {
  if (!isShow(command))
    return yield* complain(process, 'ip: changing rules of routing is not part of this simulation', 2);
  yield* print(
    process,
    `0:\tfrom all lookup local\n32766:\tfrom all lookup main\n${family === 6 ? '' : '32767:\tfrom all lookup default\n'}`,
  );
  return 0;
}

function objectOf(name: string): IpObject | undefined {
  const aliases: Readonly<Record<string, IpObject>> = {
    a: 'address',
    l: 'link',
    r: 'route',
    n: 'neighbor',
    neigh: 'neighbor',
    neighbour: 'neighbor',
  };
  return (
    (Object.hasOwn(aliases, name) ? aliases[name] : undefined) ??
    OBJECTS.find((object) => object.startsWith(name))
  );
}

function isShow(command: string): boolean {
  return ['show', 'list', 'ls', 'lst', 's', 'sh', 'l'].includes(command);
}

/** Which interfaces `show` shows. */
interface Only {
  readonly device?: string;
  readonly up: boolean;
  readonly kind?: string;
  readonly master?: string;
}

/** What stands behind `show`: `dev NAME`, `up`, `type KIND`, `master NAME`. A text is the word too many. */
function onlyOf(words: readonly string[]): Only | string {
  let only: Only = { up: false };
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === 'up') only = { ...only, up: true };
    else if (word === 'type') only = { ...only, kind: words[++at] ?? '' };
    else if (word === 'master') only = { ...only, master: words[++at] ?? '' };
    else {
      const device = word === 'dev' ? words[++at] : word;
      if (only.device !== undefined) return word;
      if (device !== undefined) only = { ...only, device };
    }
  }
  return only;
}

function* showInterfaces(
  process: Process,
  object: 'address' | 'link',
  view: View,
  { device, up, kind, master }: Only,
): Task {
  const all = process.net.network.interfaces(process.net.netns);
  const shown = all.filter(
    (entry) =>
      (device === undefined || entry.name === device) &&
      (!up || entry.up) &&
      (kind === undefined || entry.kind === kind) &&
      (master === undefined || entry.master === master),
  );
  if (!all.some((entry) => entry.name === (master ?? entry.name)))
    return yield* complain(process, `Device does not exist`, 255);
  if (!all.some((entry) => entry.name === (device ?? entry.name)))
    return yield* complain(process, `Device "${device ?? ''}" does not exist.`, 1);
  const entries = shown
    .map((entry) => ({ ...entry, addresses: entry.addresses.filter((each) => isOf(each, view.family)) }))
    .filter((entry) => object === 'link' || view.family === undefined || entry.addresses.length > 0);
  const text = view.json
    ? jsonText(
        entries.map((entry) =>
          view.brief
            ? briefJson(entry, object, factsOf(entry))
            : linkJson(entry, object, process.net.netns, factsOf(entry)),
        ),
        view.pretty,
      )
    : entries
        .map((entry) => (view.brief ? briefLine(entry, object) : interfaceText(entry, object, process, view)))
        .join('');
  yield* print(process, text);
  return 0;
}

function factsOf(entry: InterfaceInfo): LinkFacts {
  return { flags: flagsOf(entry).split(','), state: stateOf(entry), broadcastOf };
}

/** `eth0@if7`: the other end of a veth pair is in another namespace; a bridge's port names its master. */
function displayName(entry: InterfaceInfo, netns: string): string {
  if (entry.peer === undefined) return entry.name;
  return entry.peer.netns === netns
    ? `${entry.name}@${entry.peer.name}`
    : `${entry.name}@if${entry.peer.index}`;
}

function flagsOf(entry: InterfaceInfo): string {
  const flags =
    entry.kind === 'loopback'
      ? ['LOOPBACK']
      : entry.kind === 'dummy'
        ? ['BROADCAST', 'NOARP']
        : ['BROADCAST', 'MULTICAST'];
  return [...flags, ...(entry.up ? ['UP', 'LOWER_UP'] : [])].join(',');
}

function stateOf(entry: InterfaceInfo): string {
  if (!entry.up) return 'DOWN';
  return entry.kind === 'loopback' || entry.kind === 'dummy' || entry.kind === 'vxlan' ? 'UNKNOWN' : 'UP';
}

function interfaceText(
  entry: InterfaceInfo,
  object: 'address' | 'link',
  process: Process,
  view: View,
): string {
  const loopback = entry.kind === 'loopback';
  const master = entry.master === undefined ? '' : ` master ${entry.master}`;
  const mode = object === 'link' ? ' mode DEFAULT' : '';
  const head = `${entry.index}: ${displayName(entry, process.net.netns)}: <${flagsOf(entry)}> mtu ${entry.mtuBytes} qdisc noqueue${master} state ${stateOf(entry)}${mode} group default ${loopback ? 'qlen 1000' : ''}\n`;
  const peer = entry.peer !== undefined && entry.peer.netns !== process.net.netns ? ' link-netnsid 0' : '';
  const details = view.details ? ` promiscuity 0 \n${detailLine(entry)}` : '\n';
  const statistics = view.statistics ? statisticsText(entry) : '';
  const link = `    link/${loopback ? 'loopback' : 'ether'} ${entry.mac} brd ${loopback ? '00:00:00:00:00:00' : 'ff:ff:ff:ff:ff:ff'}${peer}${details}`;
  if (object === 'link') return head + link + statistics;
  return head + link + statistics + entry.addresses.map((address) => addressText(address, entry)).join('');
}

/** What kind of link it is, with what is known of it. */
function detailLine({ kind, vxlan, hairpin }: InterfaceInfo): string {
  const port = hairpin === undefined ? '' : `    bridge_slave hairpin ${hairpin ? 'on' : 'off'} \n`;
  if (vxlan !== undefined)
    return `    vxlan id ${vxlan.vni} local ${vxlan.local} dstport ${vxlan.port} nolearning \n${port}`;
  return kind === 'loopback' ? port : `    ${kind} \n${port}`;
}

/** Widths of iproute2's columns of counters. */
const COUNTER_WIDTHS = [10, 7, 6, 7, 7, 7] as const;

function statisticsText({ rx, tx }: InterfaceInfo): string {
  const row = (cells: readonly (string | number)[]): string =>
    cells.map((cell, at) => String(cell).padStart(COUNTER_WIDTHS[at] ?? 0)).join(' ');
  const head = (way: string, names: readonly string[]): string =>
    `    ${way}: ${row(['', ...names.slice(1)])
      .slice(COUNTER_WIDTHS[0])
      .replace(/^/, (names[0] ?? '').padStart(COUNTER_WIDTHS[0] - 4))}${' '.repeat(11)}\n`;
  return [
    head('RX', ['bytes', 'packets', 'errors', 'dropped', 'missed', 'mcast']),
    `    ${row([rx.bytes, rx.packets, 0, rx.dropped, 0, 0])} \n`,
    head('TX', ['bytes', 'packets', 'errors', 'dropped', 'carrier', 'collsns']),
    `    ${row([tx.bytes, tx.packets, 0, tx.dropped, 0, 0])} \n`,
  ].join('');
}

function addressText(address: string, entry: InterfaceInfo): string {
  const [host = '', prefix = ''] = address.split('/');
  const valid = '       valid_lft forever preferred_lft forever\n';
  if (host.includes(':'))
    return `    inet6 ${address} scope ${host === '::1' ? 'host' : host.startsWith('fe80') ? 'link' : 'global'} \n${valid}`;
  const scope = entry.kind === 'loopback' ? 'host' : 'global';
  const broadcast =
    scope === 'global' && Number(prefix) < 31 ? ` brd ${broadcastOf(host, Number(prefix))}` : '';
  return `    inet ${address}${broadcast} scope ${scope} ${entry.name}\n${valid}`;
}

function broadcastOf(host: string, prefix: number): string {
  const value = host.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const last = value - (value % 2 ** (32 - prefix)) + 2 ** (32 - prefix) - 1;
  return [24, 16, 8, 0].map((shift) => Math.floor(last / 2 ** shift) % 256).join('.');
}

function briefLine(entry: InterfaceInfo, object: 'address' | 'link'): string {
  const name = entry.name.padEnd(16);
  return object === 'link'
    ? `${name} ${stateOf(entry).padEnd(14)} ${entry.mac} <${flagsOf(entry)}> \n`
    : `${name} ${stateOf(entry).padEnd(14)} ${entry.addresses.join(' ')} \n`;
}

function routeLine(route: Route): string {
  const host = /\/32$/.test(route.destination) ? route.destination.slice(0, -3) : route.destination;
  const parts = [route.destination === '0.0.0.0/0' || route.destination === '::/0' ? 'default' : host];
  if (route.via !== undefined) parts.push(`via ${route.via}`);
  parts.push(`dev ${route.interfaceName}`);
  if (route.protocol !== undefined && route.protocol !== 'boot') parts.push(`proto ${route.protocol}`);
  if (route.via === undefined) parts.push('scope link');
  if (route.source !== undefined) parts.push(`src ${route.source}`);
  if (route.metric !== undefined && route.metric > 0) parts.push(`metric ${route.metric}`);
  if (route.onLink === true) parts.push('onlink');
  return `${parts.join(' ')} \n`;
}

function* showRoutes(process: Process, device: string | undefined, view: View): Task {
  const routes = process.net.network
    .routes(process.net.netns)
    .filter((route) => device === undefined || route.interfaceName === device);
  const isDefault = (route: Route): number => (route.destination.endsWith('/0') ? 0 : 1);
  const shown = routes
    .filter((route) => isOf(route.destination, view.family ?? 4))
    .toSorted((left, right) => isDefault(left) - isDefault(right));
  yield* print(
    process,
    view.json ? jsonText(shown.map(routeJson), view.pretty) : shown.map(routeLine).join(''),
  );
  return 0;
}

function* routeGet(process: Process, text: string): Task {
  const { network, netns } = process.net;
  const address = canonicalIp(text);
  if (address === undefined)
    return yield* complain(process, `Error: any valid prefix is expected rather than "${text}".`, 1);
  const isIpv6 = address.includes(':');
  const interfaces = network.interfaces(netns);
  const isOwn = interfaces.some(({ addresses }) => addresses.some((own) => own.split('/')[0] === address));
  if (isOwn || address.startsWith('127.')) {
    yield* print(
      process,
      isIpv6
        ? `local ${address} from :: dev lo table local proto kernel src ${address} metric 0 pref medium\n`
        : `local ${address} dev lo src ${address} uid 0 \n    cache <local> \n`,
    );
    return 0;
  }
  const [best] = network
    .routes(netns)
    .filter((route) => cidrContains(route.destination, address))
    .toSorted((left, right) => prefixOf(right.destination) - prefixOf(left.destination));
  if (best === undefined) return yield* complain(process, 'RTNETLINK answers: Network is unreachable', 2);
  const source =
    best.source ??
    interfaces
      .find((entry) => entry.name === best.interfaceName)
      ?.addresses.find((entry) => entry.includes(':') === isIpv6 && !entry.startsWith('fe80:'))
      ?.split('/')[0];
  const via = best.via === undefined ? '' : ` via ${best.via}`;
  const from = source === undefined ? '' : ` src ${source}`;
  yield* print(
    process,
    isIpv6
      ? `${address} from ::${via} dev ${best.interfaceName} proto ${best.via === undefined ? 'kernel' : 'static'}${from} metric ${best.via === undefined ? 256 : 1024} pref medium\n`
      : `${address}${via} dev ${best.interfaceName}${from} uid 0 \n    cache \n`,
  );
  return 0;
}

function neighborLine(neighbor: NeighborInfo): string {
  const mac = neighbor.mac === undefined ? '' : ` lladdr ${neighbor.mac}`;
  return `${neighbor.address} dev ${neighbor.interfaceName}${mac} ${neighbor.state} \n`;
}

/** Changes that lessons ask for: a link up or down, a route or an address added or taken away. */
function* change(process: Process, object: IpObject, command: string, rest: readonly string[]): Task {
  const { network, netns } = process.net;
  const word = (name: string): string | undefined =>
    rest.includes(name) ? rest[rest.indexOf(name) + 1] : undefined;
  const refuse = (message: string): Task => complain(process, message, 2);
  const hasDevice = (name: string | undefined): name is string =>
    name !== undefined && network.interfaces(netns).some((entry) => entry.name === name);
  if (process.machine.administersNetwork === false)
    return yield* refuse('RTNETLINK answers: Operation not permitted');
  const device =
    word('dev') ??
    (object === 'link' ? rest.find((entry) => !['dev', 'up', 'down', 'mtu'].includes(entry)) : undefined);
  if (object === 'link' && command === 'set') {
    if (!hasDevice(device)) return yield* complain(process, `Cannot find device "${String(device)}"`, 1);
    if (rest.includes('up')) network.setUp(netns, device, true);
    if (rest.includes('down')) network.setUp(netns, device, false);
    const mtu = Number(word('mtu'));
    if (mtu >= 68 && mtu <= 65_535) network.setMtu(netns, device, mtu);
    return 0;
  }
  if (object === 'address' && (command === 'add' || command === 'del')) {
    const address = rest[0] ?? '';
    if (!/^[\d.]+\/\d{1,2}$/.test(address))
      return yield* complain(process, `Error: any valid prefix is expected rather than "${address}".`, 1);
    if (!hasDevice(device)) return yield* complain(process, `Cannot find device "${String(device)}"`, 1);
    if (command === 'add') network.addAddress(netns, device, address);
    else network.removeAddress(netns, device, address);
    return 0;
  }
  if (object === 'route' && (command === 'add' || command === 'del' || command === 'delete')) {
    const written = rest[0] === 'default' ? '0.0.0.0/0' : (rest[0] ?? '');
    const destination = written.includes('/') ? written : `${written}/32`;
    if (!/^[\d.]+\/\d{1,2}$/.test(destination))
      return yield* complain(
        process,
        `Error: any valid prefix is expected rather than "${rest[0] ?? ''}".`,
        1,
      );
    const via = word('via');
    if (command !== 'add')
      return network.removeRoute(netns, destination, via)
        ? 0
        : yield* refuse('RTNETLINK answers: No such process');
    const gatewayDevice =
      via === undefined
        ? undefined
        : network
            .routes(netns)
            .find((route) => route.via === undefined && cidrContains(route.destination, via))?.interfaceName;
    const interfaceName = device ?? gatewayDevice;
    if (!hasDevice(interfaceName))
      return yield* refuse(
        via === undefined ? 'RTNETLINK answers: No such device' : 'Error: Nexthop has invalid gateway.',
      );
    const onLink = rest.includes('onlink');
    const reachable = network
      .routes(netns)
      .some(
        (route) =>
          route.interfaceName === interfaceName &&
          route.via === undefined &&
          cidrContains(route.destination, via ?? ''),
      );
    if (via !== undefined && !onLink && !reachable)
      return yield* refuse('Error: Nexthop has invalid gateway.');
    if (network.routes(netns).some((route) => route.destination === destination))
      return yield* refuse('RTNETLINK answers: File exists');
    network.addRoute(netns, {
      destination,
      interfaceName,
      ...(via === undefined ? { scope: 'link' } : { via }),
      ...(onLink ? { onLink } : {}),
    });
    return 0;
  }
  return yield* complain(process, `ip: "ip ${object} ${command}" is not part of this simulation`, 255);
}

/** net-tools' ifconfig: looks only. */
export const ifconfig: TaskProgram = {
  kind: 'task',
  *run(process) {
    const [device, ...more] = process.argv.slice(1).filter((arg) => arg !== '-a');
    if (more.length > 0)
      return yield* complain(
        process,
        'ifconfig: changing interfaces is not part of this simulation; use ip',
        1,
      );
    const all = process.net.network
      .interfaces(process.net.netns)
      .filter((entry) => device === undefined || entry.name === device);
    if (all.length === 0)
      return yield* complain(
        process,
        `${device ?? ''}: error fetching interface information: Device not found`,
        1,
      );
    yield* print(process, all.map((entry) => `${ifconfigText(entry)}\n`).join(''));
    return 0;
  },
};

function ifconfigText(entry: InterfaceInfo): string {
  const addresses = entry.addresses
    .filter((address) => !address.includes(':'))
    .map((address) => {
      const [host = '', prefix = '0'] = address.split('/');
      const mask = [24, 16, 8, 0]
        .map((shift) => Math.floor((2 ** 32 - 2 ** (32 - Number(prefix))) / 2 ** shift) % 256)
        .join('.');
      return `        inet ${host}  netmask ${mask}${entry.kind === 'loopback' ? '' : `  broadcast ${broadcastOf(host, Number(prefix))}`}\n`;
    });
  const flags =
    entry.kind === 'loopback'
      ? 'flags=73<UP,LOOPBACK,RUNNING>'
      : 'flags=4163<UP,BROADCAST,RUNNING,MULTICAST>';
  const ether =
    entry.kind === 'loopback'
      ? '        loop  txqueuelen 1000  (Local Loopback)\n'
      : `        ether ${entry.mac}  txqueuelen 0  (Ethernet)\n`;
  const counters = (['rx', 'tx'] as const)
    .map(
      (way) =>
        `        ${way.toUpperCase()} packets ${entry[way].packets}  bytes ${entry[way].bytes}\n        ${way.toUpperCase()} errors 0  dropped ${entry[way].dropped}\n`,
    )
    .join('');
  return `${entry.name}: ${flags}  mtu ${entry.mtuBytes}\n${addresses.join('')}${ether}${counters}`;
}
