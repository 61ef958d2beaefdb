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

/** What of an answer is printed, and how it is asked for. */
interface Settings {
  readonly cmd: boolean;
  readonly comments: boolean;
  readonly question: boolean;
  readonly answer: boolean;
  readonly authority: boolean;
  readonly additional: boolean;
  readonly stats: boolean;
  readonly short: boolean;
  readonly identify: boolean;
  readonly tcp: boolean;
  readonly ignore: boolean;
  readonly search: boolean;
  readonly recurse: boolean;
  readonly edns: boolean;
  readonly cookie: boolean;
  readonly dnssec: boolean;
  readonly bufferBytes: number;
  readonly timeoutMs: number;
  readonly tries: number;
}

interface Lookup {
  readonly name: string;
  readonly type: string;
  readonly settings: Settings;
}

const DEFAULTS: Settings = {
  cmd: true,
  comments: true,
  question: true,
  answer: true,
  authority: true,
  additional: true,
  stats: true,
  short: false,
  identify: false,
  tcp: false,
  ignore: false,
  search: false,
  recurse: true,
  edns: true,
  cookie: true,
  dnssec: false,
  bufferBytes: UDP_SIZE_BYTES,
  timeoutMs: DEFAULT_TIMEOUT_SECONDS * 1_000,
  tries: DEFAULT_TRIES,
};

/** BIND's dig. */
export const dig: TaskProgram = {
  kind: 'task',
  *run(process) {
    const read = readArguments(process.argv.slice(1));
    if (typeof read === 'string') return yield* complain(process, read);
    let exitCode = 0;
    for (const [index, lookup] of read.lookups.entries())
      exitCode = yield* lookUp(process, lookup, { ...read, first: index === 0 });
    return exitCode;
  },
};

interface Arguments {
  readonly lookups: readonly Lookup[];
  readonly server: string | undefined;
  readonly port: number;
}

const USAGE = `Usage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}
            {global-d-opt} host [@local-server] {local-d-opt}
            [ host [@local-server] {local-d-opt} [...]]

Use "dig -h" (or "dig -h | more") for complete list of options`;

function readArguments(args: readonly string[]): Arguments | string {
  // Options before the first name count for all names, later ones for the name before them.
  let shared = DEFAULTS;
  const lookups: { name: string; type: string; settings: Settings }[] = [];
  let server: string | undefined;
  let port = 53;
  let pendingType: string | undefined;
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    if (arg.startsWith('@')) server = arg.slice(1);
    else if (arg.startsWith('+')) {
      const last = lookups.at(-1);
      const changed = withOption(last?.settings ?? shared, arg.slice(1));
      if (changed === undefined) return `Invalid option: ${arg}\n${USAGE}`;
      if (typeof changed === 'string') return changed;
      // These two are of the whole run.
      const whole = { cmd: changed.cmd, short: changed.short };
      shared = last === undefined ? changed : { ...shared, ...whole };
      if (last !== undefined) last.settings = changed;
      for (const lookup of lookups) lookup.settings = { ...lookup.settings, ...whole };
    } else if (arg === '-x') {
      const address = args[++index] ?? '';
      const name = canonicalIp(address) === undefined ? undefined : reverseNameOf(address);
      if (name === undefined) return `Invalid IP address ${address}`;
      lookups.push({ name, type: 'PTR', settings: shared });
    } else if (arg === '-p') port = Number(args[++index]);
    else if (arg === '-t') {
      const type = (args[++index] ?? '').toUpperCase();
      if (typeNumber(type) === undefined) return `;; Warning, ignoring invalid type ${type}`;
      const last = lookups.at(-1);
      if (last === undefined) pendingType = type;
      else last.type = type;
    } else if (arg === '-q')
      lookups.push({ name: args[++index] ?? '.', type: pendingType ?? 'A', settings: shared });
    else if (arg === '-4' || arg === '-6') continue;
    else if (arg.startsWith('-')) return `Invalid option: ${arg}\n${USAGE}`;
    else if (arg.toUpperCase() === 'IN') continue;
    else {
      const last = lookups.at(-1);
      const type = arg.toUpperCase();
      if (typeNumber(type) !== undefined && last === undefined) pendingType = type;
      else if (typeNumber(type) !== undefined && last !== undefined) last.type = type;
      else lookups.push({ name: arg, type: pendingType ?? 'A', settings: shared });
    }
  }
  if (lookups.length === 0) lookups.push({ name: '.', type: pendingType ?? 'NS', settings: shared });
  return { lookups, server, port };
}

/** Toggles of dig, and what each turns. */
const TOGGLES: Readonly<Record<string, readonly (keyof Settings)[]>> = {
  all: ['comments', 'question', 'answer', 'authority', 'additional', 'stats', 'cmd'],
  additional: ['additional'],
  answer: ['answer'],
  authority: ['authority'],
  cmd: ['cmd'],
  comments: ['comments'],
  cookie: ['cookie'],
  defname: ['search'],
  dnssec: ['dnssec'],
  do: ['dnssec'],
  edns: ['edns'],
  identify: ['identify'],
  ignore: ['ignore'],
  question: ['question'],
  recurse: ['recurse'],
  rdflag: ['recurse'],
  search: ['search'],
  short: ['short'],
  stats: ['stats'],
  tcp: ['tcp'],
  vc: ['tcp'],
};

/** Options of the real one whose answers would have to be made up, and why. */
const NOT_HERE: Readonly<Record<string, string>> = {
  trace:
    '+trace asks the root servers of the internet, which are not part of this simulation; ask a server with @',
  nssearch: '+nssearch asks servers of the internet, which are not part of this simulation',
  https: 'DNS over HTTPS is not part of this simulation',
  tls: 'DNS over TLS is not part of this simulation',
  multiline: '+multiline is not part of this simulation',
  yaml: '+yaml is not part of this simulation',
  qr: '+qr is not part of this simulation; tcpdump shows the question',
  subnet: '+subnet is not part of this simulation',
  nsid: '+nsid is not part of this simulation',
};

/** undefined: there is no such option; a text: it is refused. */
function withOption(settings: Settings, option: string): Settings | string | undefined {
  const [word = '', value = ''] = option.toLowerCase().split('=');
  const why = NOT_HERE[word];
  if (why !== undefined) return `dig: ${why}`;
  switch (word) {
    case 'time':
    case 'timeout':
      return { ...settings, timeoutMs: Math.max(1, Number(value) || DEFAULT_TIMEOUT_SECONDS) * 1_000 };
    case 'tries':
      return { ...settings, tries: Math.max(1, Number(value) || 1) };
    case 'retry':
      return { ...settings, tries: Math.max(0, Number(value) || 0) + 1 };
    case 'bufsize': {
      const bytes = value === '' ? UDP_SIZE_BYTES : Number(value);
      if (!Number.isInteger(bytes) || bytes < 0 || bytes > 65_535)
        return `Couldn't parse buffer size ${value}`;
      return { ...settings, edns: true, bufferBytes: bytes };
    }
    case 'nobufsize':
      return { ...settings, bufferBytes: UDP_SIZE_BYTES };
  }
  const isOff = TOGGLES[word] === undefined && word.startsWith('no');
  const names = TOGGLES[isOff ? word.slice(2) : word];
  if (names === undefined) return undefined;
  return { ...settings, ...Object.fromEntries(names.map((name) => [name, !isOff])) };
}

function* lookUp(process: Process, lookup: Lookup, run: Arguments & { readonly first: boolean }): Task {
  const { settings } = lookup;
  const config = resolverConfig(process);
  let servers = config.nameServers;
  if (run.server !== undefined) {
    const found = yield* resolveHost(process, run.server);
    if (found.kind !== 'found')
      return yield* complain(process, `dig: couldn't get address for '${run.server}': not found`, 10);
    servers = found.addresses;
  }
  if (servers.length === 0) servers = ['127.0.0.1'];
  const names = settings.search
    ? expandSearch(lookup.name, config)
    : [lookup.name.endsWith('.') ? lookup.name : `${lookup.name}.`];
  let outcome: QueryOutcome | undefined;
  for (const name of names) {
    outcome = yield* ask(process, servers, { ...lookup, name }, run.port);
    // NOERROR ends the search, records or not.
    if (outcome.kind === 'answer' && outcome.message.responseCode === RESPONSE_CODE.NOERROR) break;
  }
  if (outcome === undefined) return 9;
  const banner = run.first && settings.cmd && !settings.short ? bannerText(process, run.server, servers) : '';
  if (outcome.kind !== 'answer') {
    yield* print(process, `${banner};; no servers could be reached\n${settings.short ? '' : '\n'}`);
    return 9;
  }
  yield* print(process, banner + answerText(process, outcome, settings, run));
  return 0;
}

function* ask(
  process: Process,
  servers: readonly string[],
  { name, type, settings }: Lookup,
  port: number,
): Task<QueryOutcome> {
  let last: QueryOutcome = { kind: 'timed-out', server: servers[0] ?? '' };
  for (let attempt = 0; attempt < settings.tries; attempt++) {
    for (const server of servers) {
      last = yield* query(process, {
        name,
        type,
        server,
        port,
        timeoutMs: settings.timeoutMs,
        tcp: settings.tcp,
        ignoreTruncation: settings.ignore,
        recursionDesired: settings.recurse,
        ...(settings.edns
          ? {
              udpSizeBytes: settings.bufferBytes,
              dnssecOk: settings.dnssec,
              ednsOptions: settings.cookie ? clientCookie(process) : new Uint8Array(0),
            }
          : {}),
      });
      if (last.kind === 'answer') {
        if (last.protocol === 'tcp' && !settings.tcp && settings.comments && !settings.short)
          yield* print(process, ';; Truncated, retrying in TCP mode.\n');
        return last;
      }
      if (settings.short) continue;
      const why =
        last.kind === 'timed-out'
          ? 'timed out'
          : last.kind === 'refused'
            ? 'connection refused'
            : 'host unreachable';
      yield* print(process, `;; communications error to ${server}#${port}: ${why}\n`);
    }
  }
  return last;
}

const OPTION_COOKIE = 10;
const CLIENT_COOKIE_BYTES = 8;

/** A cookie of the client's (RFC 7873), with which a server could know it again. */
function clientCookie(process: Process): Uint8Array {
  const cookie = Array.from({ length: CLIENT_COOKIE_BYTES }, () => process.randomInt(256));
  return Uint8Array.from([0, OPTION_COOKIE, 0, CLIENT_COOKIE_BYTES, ...cookie]);
}

/** `; COOKIE: … (echoed)`: a server that knows cookies would have added its own half. */
function cookieLine(options: Uint8Array): string {
  for (let at = 0; at + 4 <= options.length;) {
    const [high = 0, code = 0, longHigh = 0, longLow = 0] = options.subarray(at, at + 4);
    const data = options.subarray(at + 4, at + 4 + longHigh * 0x100 + longLow);
    at += 4 + longHigh * 0x100 + longLow;
    if (high !== 0 || code !== OPTION_COOKIE) continue;
    const hex = Array.from(data, (octet) => octet.toString(16).padStart(2, '0')).join('');
    return `; COOKIE: ${hex}${data.length === CLIENT_COOKIE_BYTES ? ' (echoed)' : ' (good)'}\n`;
  }
  return '';
}

function bannerText(process: Process, server: string | undefined, servers: readonly string[]): string {
  const found =
    server === undefined ? '' : `; (${servers.length} server${servers.length === 1 ? '' : 's'} found)\n`;
  return `\n; <<>> DiG ${VERSION}-Debian <<>> ${process.argv.slice(1).join(' ')}\n${found};; global options: +cmd\n`;
}

type Answer = Extract<QueryOutcome, { kind: 'answer' }>;

function answerText(
  process: Process,
  outcome: Answer,
  settings: Settings,
  { server, port }: Arguments,
): string {
  const { message } = outcome;
  if (settings.short) {
    const from = settings.identify
      ? ` from server ${outcome.server} in ${Math.round(outcome.tookMs)} ms.`
      : '';
    return message.answers.map((record) => `${dataText(record.data)}${from}\n`).join('');
  }
  const section = (wanted: boolean, title: string, lines: readonly string[]): string => {
    if (!wanted || lines.length === 0) return '';
    const body = lines.map((line) => `${line}\n`).join('');
    return settings.comments ? `;; ${title} SECTION:\n${body}\n` : body;
  };
  return [
    settings.comments ? headerText(message, settings) : '',
    settings.question
      ? settings.comments
        ? `;; QUESTION SECTION:\n${message.questions.map(questionLine).join('\n')}\n\n`
        : message.questions.map((question) => `${questionLine(question)}\n`).join('')
      : '',
    section(settings.answer, 'ANSWER', message.answers.map(recordLine)),
    section(settings.authority, 'AUTHORITY', message.authorities.map(recordLine)),
    section(settings.additional, 'ADDITIONAL', message.additionals.map(recordLine)),
    settings.stats
      ? `;; Query time: ${Math.round(outcome.tookMs)} msec\n;; SERVER: ${outcome.server}#${port}(${server ?? outcome.server}) (${outcome.protocol.toUpperCase()})\n;; WHEN: ${dateLine(process.nowMs())}\n;; MSG SIZE  rcvd: ${outcome.sizeBytes}\n\n`
      : '',
  ].join('');
}

function headerText(message: DnsMessage, settings: Settings): string {
  const [question] = message.questions;
  const mdns = /\.local\.$/i.test(question?.name ?? '');
  const { edns } = message;
  return [
    ';; Got answer:\n',
    mdns
      ? ';; WARNING: .local is reserved for Multicast DNS\n;; You are currently testing what happens when an mDNS query is leaked to DNS\n'
      : '',
    `;; ->>HEADER<<- opcode: QUERY, status: ${responseCodeName(message.responseCode)}, id: ${message.id}\n`,
    `;; flags: ${flagsOf(message)}; QUERY: ${message.questions.length}, ANSWER: ${message.answers.length}, AUTHORITY: ${message.authorities.length}, ADDITIONAL: ${message.additionals.length + (edns === undefined ? 0 : 1)}\n`,
    settings.recurse && !message.recursionAvailable
      ? ';; WARNING: recursion requested but not available\n'
      : '',
    '\n',
    edns === undefined
      ? ''
      : `;; OPT PSEUDOSECTION:\n; EDNS: version: ${edns.version}, flags:${edns.dnssecOk ? ' do' : ''}; udp: ${edns.udpSizeBytes}\n${cookieLine(edns.options)}`,
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
