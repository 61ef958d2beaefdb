import { expandSearch, responseCodeName, reverseNameOf, RESPONSE_CODE, typeNumber } from '@podwire/kubesim';
import type { DnsMessage } from '@podwire/kubesim';
import type { Process, Task, TaskProgram } from '@podwire/machine';
import { canonicalIp } from '@podwire/netsim';
import { complain, print } from '../../stdio/output.ts';
import { query, resolveHost, resolverConfig } from '../resolver.ts';
import type { QueryOutcome } from '../resolver.ts';
import { dataText, questionLine, recordLine } from './record-text.ts';

const VERSION = '9.18.41';
const UDP_SIZE_BYTES = 1_232;
const DEFAULT_TIMEOUT_SECONDS = 5;
const DEFAULT_TRIES = 3;

interface Lookup {
  readonly name: string;
  readonly type: string;
}

interface Settings {
  readonly server: string | undefined;
  readonly port: number;
  readonly short: boolean;
  readonly tcp: boolean;
  readonly search: boolean;
  readonly recurse: boolean;
  readonly answerOnly: boolean;
  readonly timeoutMs: number;
  readonly tries: number;
}

/** BIND's dig. */
export const dig: TaskProgram = {
  kind: 'task',
  *run(process) {
    const read = readArguments(process.argv.slice(1));
    if (typeof read === 'string') return yield* complain(process, read);
    const { lookups, settings } = read;
    let exitCode = 0;
    for (const lookup of lookups) exitCode = yield* lookUp(process, lookup, settings);
    return exitCode;
  },
};

function readArguments(
  args: readonly string[],
): { readonly lookups: readonly Lookup[]; readonly settings: Settings } | string {
  const lookups: { name: string; type: string }[] = [];
  let server: string | undefined;
  let port = 53;
  let pendingType: string | undefined;
  const flags = new Map<string, string>();
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    if (arg.startsWith('@')) server = arg.slice(1);
    else if (arg.startsWith('+')) {
      const [name = '', value = ''] = arg.slice(1).split('=');
      if (!KNOWN_FLAGS.includes(name.replace(/^no/, '')) && !KNOWN_FLAGS.includes(name))
        return `Invalid option: ${arg}\nUsage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}`;
      flags.set(name, value);
    } else if (arg === '-x') {
      const address = args[++index] ?? '';
      const name = canonicalIp(address) === undefined ? undefined : reverseNameOf(address);
      if (name === undefined) return `Invalid IP address ${address}`;
      lookups.push({ name, type: 'PTR' });
    } else if (arg === '-p') port = Number(args[++index]);
    else if (arg === '-t') {
      const type = (args[++index] ?? '').toUpperCase();
      if (typeNumber(type) === undefined) return `;; Warning, ignoring invalid type ${type}`;
      pendingType = type;
    } else if (arg === '-4' || arg === '-6') continue;
    else if (arg.startsWith('-')) return `Invalid option: ${arg}`;
    else if (arg.toUpperCase() === 'IN') continue;
    else {
      const last = lookups.at(-1);
      const type = arg.toUpperCase();
      if (typeNumber(type) !== undefined && last === undefined) pendingType = type;
      else if (typeNumber(type) !== undefined && last !== undefined) last.type = type;
      else lookups.push({ name: arg, type: pendingType ?? 'A' });
    }
  }
  const on = (name: string, otherwise: boolean): boolean =>
    flags.has(name) ? true : flags.has(`no${name}`) ? false : otherwise;
  const all = on('all', true);
  return {
    lookups: lookups.length === 0 ? [{ name: '.', type: 'NS' }] : lookups,
    settings: {
      server,
      port,
      short: on('short', false),
      tcp: on('tcp', false) || on('vc', false),
      search: on('search', false),
      recurse: on('recurse', true),
      answerOnly: !all && on('answer', false),
      timeoutMs: (Number(flags.get('time') ?? flags.get('timeout')) || DEFAULT_TIMEOUT_SECONDS) * 1_000,
      tries:
        Number(flags.get('tries')) || (flags.has('retry') ? Number(flags.get('retry')) + 1 : DEFAULT_TRIES),
    },
  };
}

const KNOWN_FLAGS: readonly string[] = [
  'short',
  'tcp',
  'vc',
  'search',
  'recurse',
  'all',
  'answer',
  'time',
  'timeout',
  'tries',
  'retry',
  'comments',
  'cmd',
  'stats',
  'question',
  'edns',
  'authority',
  'additional',
  'cookie',
];

function* lookUp(process: Process, lookup: Lookup, settings: Settings): Task {
  const config = resolverConfig(process);
  let servers = config.nameServers;
  if (settings.server !== undefined) {
    const found = yield* resolveHost(process, settings.server);
    if (found.kind !== 'found')
      return yield* complain(process, `dig: couldn't get address for '${settings.server}': not found`, 10);
    servers = found.addresses;
  }
  if (servers.length === 0) servers = ['127.0.0.1'];
  const names = settings.search
    ? expandSearch(lookup.name, config)
    : [lookup.name.endsWith('.') ? lookup.name : `${lookup.name}.`];
  let outcome: QueryOutcome | undefined;
  for (const name of names) {
    outcome = yield* ask(process, servers, { name, type: lookup.type }, settings);
    // NOERROR ends the search, records or not.
    if (outcome.kind === 'answer' && outcome.message.responseCode === RESPONSE_CODE.NOERROR) break;
  }
  if (outcome === undefined) return 9;
  if (outcome.kind !== 'answer') {
    yield* print(
      process,
      `${settings.short ? '' : banner(process, true)};; no servers could be reached\n${settings.short ? '' : '\n'}`,
    );
    return 9;
  }
  if (settings.short)
    yield* print(process, outcome.message.answers.map((record) => `${dataText(record.data)}\n`).join(''));
  else if (settings.answerOnly)
    yield* print(process, outcome.message.answers.map((record) => `${recordLine(record)}\n`).join(''));
  else yield* print(process, banner(process, false) + wholeAnswer(process, outcome, settings));
  return 0;
}

function* ask(
  process: Process,
  servers: readonly string[],
  lookup: Lookup,
  settings: Settings,
): Task<QueryOutcome> {
  let last: QueryOutcome = { kind: 'timed-out', server: servers[0] ?? '' };
  for (let attempt = 0; attempt < settings.tries; attempt++) {
    for (const server of servers) {
      last = yield* query(process, {
        ...lookup,
        server,
        port: settings.port,
        timeoutMs: settings.timeoutMs,
        tcp: settings.tcp,
        recursionDesired: settings.recurse,
        udpSizeBytes: UDP_SIZE_BYTES,
      });
      if (last.kind === 'answer') return last;
      if (settings.short) continue;
      const why =
        last.kind === 'timed-out'
          ? 'timed out'
          : last.kind === 'refused'
            ? 'connection refused'
            : 'host unreachable';
      yield* print(process, `;; communications error to ${server}#${settings.port}: ${why}\n`);
    }
  }
  return last;
}

function banner(process: Process, failed: boolean): string {
  return `\n; <<>> DiG ${VERSION}-Debian <<>> ${process.argv.slice(1).join(' ')}\n;; global options: +cmd\n${failed ? '' : ';; Got answer:\n'}`;
}

function wholeAnswer(
  process: Process,
  outcome: Extract<QueryOutcome, { kind: 'answer' }>,
  settings: Settings,
): string {
  const { message } = outcome;
  const [question] = message.questions;
  const mdns = /\.local\.$/i.test(question?.name ?? '');
  const section = (title: string, lines: readonly string[]): string =>
    lines.length === 0 ? '' : `;; ${title} SECTION:\n${lines.join('\n')}\n\n`;
  return [
    mdns
      ? ';; WARNING: .local is reserved for Multicast DNS\n;; You are currently testing what happens when an mDNS query is leaked to DNS\n'
      : '',
    `;; ->>HEADER<<- opcode: QUERY, status: ${responseCodeName(message.responseCode)}, id: ${message.id}\n`,
    `;; flags: ${flagsOf(message)}; QUERY: ${message.questions.length}, ANSWER: ${message.answers.length}, AUTHORITY: ${message.authorities.length}, ADDITIONAL: ${message.additionals.length + (message.edns === undefined ? 0 : 1)}\n`,
    settings.recurse && !message.recursionAvailable
      ? ';; WARNING: recursion requested but not available\n'
      : '',
    '\n',
    message.edns === undefined
      ? ''
      : `;; OPT PSEUDOSECTION:\n; EDNS: version: ${message.edns.version}, flags:; udp: ${message.edns.udpSizeBytes}\n`,
    `;; QUESTION SECTION:\n${message.questions.map(questionLine).join('\n')}\n\n`,
    section('ANSWER', message.answers.map(recordLine)),
    section('AUTHORITY', message.authorities.map(recordLine)),
    section('ADDITIONAL', message.additionals.map(recordLine)),
    `;; Query time: ${Math.round(outcome.tookMs)} msec\n;; SERVER: ${outcome.server}#${settings.port}(${settings.server ?? outcome.server}) (${settings.tcp ? 'TCP' : 'UDP'})\n`,
    `;; WHEN: ${dateLine(process.nowMs())}\n;; MSG SIZE  rcvd: ${outcome.sizeBytes}\n\n`,
  ].join('');
}

function flagsOf(message: DnsMessage): string {
  const flags: readonly (readonly [boolean, string])[] = [
    [message.response, 'qr'],
    [message.authoritative, 'aa'],
    [message.truncated, 'tc'],
    [message.recursionDesired, 'rd'],
    [message.recursionAvailable, 'ra'],
    [message.authenticData, 'ad'],
    [message.checkingDisabled, 'cd'],
  ];
  return flags
    .filter(([set]) => set)
    .map(([, name]) => name)
    .join(' ');
}

function dateLine(nowMs: number): string {
  const [day = '', date = '', month = '', year = '', time = ''] = new Date(nowMs)
    .toUTCString()
    .replace(',', '')
    .split(' ');
  return `${day} ${month} ${date} ${time} UTC ${year}`;
}
