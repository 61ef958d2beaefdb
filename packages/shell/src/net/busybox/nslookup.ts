import { RESPONSE_CODE, responseCodeName, reverseNameOf, typeNumber } from '@podwire/kubesim';
import type { DnsMessage, ResourceRecord } from '@podwire/kubesim';
import type { Process, TaskProgram } from '@podwire/machine';
import { canonicalIp } from '@podwire/netsim';
import { complain, print } from '../../stdio/output.ts';
import { query, resolveHost, resolverConfig } from '../resolver.ts';
import { dataText } from '../dns/record-text.ts';
import { BANNER } from './banner.ts';

const PORT = 53;
const DEFAULT_TIMEOUT_SECONDS = 5;
const TYPES: ReadonlySet<string> = new Set([
  'SOA',
  'NS',
  'A',
  'AAAA',
  'CNAME',
  'MX',
  'TXT',
  'PTR',
  'SRV',
  'ANY',
]);
const USAGE = `${BANNER}

Usage: nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]

Query DNS about HOST

QUERY_TYPE: soa,ns,a,aaaa,cname,mx,txt,srv,ptr,any`;

interface Question {
  readonly name: string;
  readonly type: string;
}

/**
 * The nslookup of BusyBox, which differs from BIND's in what it asks: a name without a dot with every suffix of the
 * search list, a name with one as it stands, whatever `ndots` says.
 */
export const busyboxNslookup: TaskProgram = {
  kind: 'task',
  *run(process) {
    const types: string[] = [];
    const operands: string[] = [];
    let timeoutSeconds = DEFAULT_TIMEOUT_SECONDS;
    for (const arg of process.argv.slice(1)) {
      const [, option, value = ''] = /^-(type|q|querytype|t|timeout|debug)(?:=(.*))?$/.exec(arg) ?? [];
      if (option === undefined && arg.startsWith('-')) return yield* complain(process, USAGE);
      if (option === undefined) operands.push(arg);
      else if (option === 'timeout' || option === 't') timeoutSeconds = Number(value) || timeoutSeconds;
      else if (option !== 'debug') {
        const type = value.toUpperCase();
        if (!TYPES.has(type) || typeNumber(type) === undefined)
          return yield* complain(process, `nslookup: invalid query type "${value}"`);
        types.push(type);
      }
    }
    const [host, serverName, more] = operands;
    if (host === undefined || more !== undefined) return yield* complain(process, USAGE);
    let server = resolverConfig(process).nameServers[0] ?? '127.0.0.1';
    if (serverName !== undefined) {
      const found = yield* resolveHost(process, serverName);
      if (found.kind !== 'found') return yield* complain(process, `nslookup: bad address '${serverName}'`);
      server = found.addresses[0] ?? server;
    }
    let answered = false;
    let code = 0;
    for (const { name, type } of questionsOf(process, host, types)) {
      const outcome = yield* query(process, {
        name,
        type,
        server,
        port: PORT,
        timeoutMs: timeoutSeconds * 1_000,
        recursionDesired: true,
      });
      if (outcome.kind !== 'answer') {
        if (outcome.kind === 'refused') yield* complain(process, 'nslookup: read: Connection refused');
        if (!answered) {
          yield* print(process, ';; connection timed out; no servers could be reached\n\n');
          return 1;
        }
        yield* print(process, `*** Can't find ${name}: No answer\n\n`);
        code = 1;
        continue;
      }
      if (!answered) {
        const at = server.includes(':') ? `[${server}]` : server;
        yield* print(process, `Server:\t\t${server}\nAddress:\t${at}:${PORT}\n\n`);
      }
      answered = true;
      const { message } = outcome;
      if (message.responseCode !== RESPONSE_CODE.NOERROR) code = 1;
      yield* print(process, `${answerText(message, name)}\n`);
    }
    return code;
  },
};

function questionsOf(process: Process, host: string, types: readonly string[]): readonly Question[] {
  if (types.length === 0 && canonicalIp(host) !== undefined)
    return [{ name: (reverseNameOf(host) ?? host).replace(/\.$/, ''), type: 'PTR' }];
  const { search } = resolverConfig(process);
  const names =
    host.includes('.') || search.length === 0 ? [host] : search.map((suffix) => `${host}.${suffix}`);
  return (types.length === 0 ? ['A', 'AAAA'] : types).flatMap((type) =>
    (type === 'PTR' ? [host] : names).map((name) => ({ name, type })),
  );
}

function answerText(message: DnsMessage, name: string): string {
  if (message.responseCode !== RESPONSE_CODE.NOERROR)
    return `** server can't find ${name}: ${responseCodeName(message.responseCode)}\n`;
  const authority = message.authoritative ? '' : 'Non-authoritative answer:\n';
  return authority + message.answers.map(recordText).join('');
}

function recordText({ name: owner, data }: ResourceRecord): string {
  const name = owner.replace(/(.)\.$/, '$1');
  const text = dataText(data).replace(/\.$/, '');
  switch (data.type) {
    case 'A':
    case 'AAAA':
      return `Name:\t${name}\nAddress: ${text}\n`;
    case 'CNAME':
      return `${name}\tcanonical name = ${text}\n`;
    case 'PTR':
      return `${name}\tname = ${text}\n`;
    case 'NS':
      return `${name}\tnameserver = ${text}\n`;
    case 'MX':
      return `${name}\tmail exchanger = ${text}\n`;
    case 'TXT':
      return `${name}\ttext = ${text}\n`;
    case 'SRV':
      return `${name}\tservice = ${text}\n`;
    default:
      return '';
  }
}
