import { expandSearch, RESPONSE_CODE, responseCodeName, reverseNameOf, typeNumber } from '@podwire/kubesim';
import type { DnsMessage, ResourceRecord } from '@podwire/kubesim';
import type { Process, Task, TaskProgram } from '@podwire/machine';
import { canonicalIp } from '@podwire/netsim';
import { complain, print } from '../../stdio/output.ts';
import { query, resolveHost, resolverConfig } from '../resolver.ts';
import type { QueryOutcome } from '../resolver.ts';
import { dataText } from './record-text.ts';

/** Asks along the search list until a name answers; the first type is asked for alone until then. */
function* searchFor(
  process: Process,
  host: string,
  types: readonly string[],
  server: string,
  onOutcome: (outcome: QueryOutcome) => void = () => undefined,
): Task<readonly QueryOutcome[]> {
  const config = resolverConfig(process);
  let outcomes: QueryOutcome[] = [];
  for (const name of expandSearch(host, config)) {
    outcomes = [];
    for (const type of types) {
      const outcome = yield* query(process, { name, type, server, timeoutMs: config.timeoutSeconds * 1_000 });
      outcomes.push(outcome);
      onOutcome(outcome);
      if (outcome.kind !== 'answer') return outcomes;
      if (outcome.message.responseCode !== RESPONSE_CODE.NOERROR) break;
    }
    // A name that exists ends the search, whether it has such records or not.
    if (
      outcomes.some(
        (outcome) => outcome.kind === 'answer' && outcome.message.responseCode === RESPONSE_CODE.NOERROR,
      )
    )
      return outcomes;
  }
  return outcomes;
}

const withoutDot = (name: string): string => name.replace(/(.)\.$/, '$1');

/** BIND's nslookup, for one question on the command line. */
export const nslookup: TaskProgram = {
  kind: 'task',
  *run(process) {
    const operands: string[] = [];
    let type: string | undefined;
    for (const arg of process.argv.slice(1)) {
      const option = /^-(?:q|qt|query|querytype|t|ty|type)=(.+)$/i.exec(arg)?.[1];
      if (option !== undefined) type = option.toUpperCase();
      else if (arg.startsWith('-')) return yield* complain(process, `*** Invalid option: ${arg.slice(1)}`);
      else operands.push(arg);
    }
    if (type !== undefined && typeNumber(type) === undefined)
      return yield* complain(process, `unknown query type: ${type}`);
    const [host, serverName] = operands;
    if (host === undefined)
      return yield* complain(
        process,
        'nslookup: asking questions one after the other is not part of this simulation; give the name on the command line',
      );
    let server = resolverConfig(process).nameServers[0] ?? '127.0.0.1';
    if (serverName !== undefined) {
      const found = yield* resolveHost(process, serverName);
      if (found.kind !== 'found')
        return yield* complain(process, `nslookup: couldn't get address for '${serverName}': not found`);
      server = found.addresses[0] ?? server;
    }
    const reverse = canonicalIp(host) === undefined ? undefined : reverseNameOf(host);
    // What is said while the answers come; a server that was asked for by name is not blamed for not recursing.
    const remarks: string[] = [];
    const remark = (outcome: QueryOutcome): void => {
      if (outcome.kind !== 'answer') return;
      if (outcome.protocol === 'tcp') remarks.push(';; Truncated, retrying in TCP mode.\n');
      if (serverName === undefined && !outcome.message.recursionAvailable)
        remarks.push(`;; Got recursion not available from ${server}\n`);
    };
    const asksTwice = reverse === undefined && type === undefined;
    const outcomes =
      reverse === undefined
        ? yield* searchFor(process, host, asksTwice ? ['A', 'AAAA'] : [type ?? 'A'], server, remark)
        : [
            yield* query(process, {
              name: reverse,
              type: 'PTR',
              server,
              timeoutMs: resolverConfig(process).timeoutSeconds * 1_000,
            }),
          ];
    if (reverse !== undefined) outcomes.forEach(remark);
    const failed = outcomes.find((outcome) => outcome.kind !== 'answer');
    if (failed !== undefined || outcomes.length === 0) {
      const why =
        failed?.kind === 'refused'
          ? 'connection refused'
          : failed?.kind === 'unreachable'
            ? 'host unreachable'
            : 'timed out';
      yield* print(
        process,
        `;; communications error to ${server}#53: ${why}\n;; no servers could be reached\n\n`,
      );
      return 1;
    }
    const messages = outcomes.flatMap((outcome) => (outcome.kind === 'answer' ? [outcome.message] : []));
    const answers = messages.flatMap((message) => message.answers);
    const header = reverse === undefined ? `Server:\t\t${server}\nAddress:\t${server}#53\n\n` : '';
    if (answers.length === 0) {
      const asked =
        messages[0]?.responseCode === RESPONSE_CODE.NOERROR
          ? host
          : withoutDot(messages[0]?.questions[0]?.name ?? host);
      yield* print(
        process,
        `${remarks.join('')}${header}${failure(messages[0], reverse === undefined ? asked : withoutDot(reverse))}\n`,
      );
      return 1;
    }
    // The second question is asked when the first answer stands there already.
    const [first, second] = messages;
    const at = remarks.findLastIndex((line) => line.includes('recursion'));
    const late = asksTwice && second !== undefined && at >= 0 ? remarks.splice(at) : [];
    yield* print(process, `${remarks.join('')}${header}${(first?.answers ?? []).map(answerText).join('')}`);
    yield* print(process, `${late.join('')}${(second?.answers ?? []).map(answerText).join('')}\n`);
    return 0;
  },
};

function failure(message: DnsMessage | undefined, name: string): string {
  const code = message?.responseCode ?? RESPONSE_CODE.SERVFAIL;
  return code === RESPONSE_CODE.NOERROR
    ? `*** Can't find ${name}: No answer\n`
    : `** server can't find ${name}: ${responseCodeName(code)}\n`;
}

function answerText(record: ResourceRecord): string {
  const name = withoutDot(record.name);
  const { data } = record;
  switch (data.type) {
    case 'A':
    case 'AAAA':
      return `Name:\t${name}\nAddress: ${data.address}\n`;
    case 'CNAME':
      return `${name}\tcanonical name = ${data.target}\n`;
    case 'PTR':
      return `${name}\tname = ${data.target}\n`;
    case 'SRV':
      return `${name}\tservice = ${dataText(data)}\n`;
    case 'TXT':
      return `${name}\ttext = ${dataText(data)}\n`;
    case 'MX':
      return `${name}\tmail exchanger = ${dataText(data)}\n`;
    default:
      return `${name}\t${data.type.toLowerCase()} = ${dataText(data)}\n`;
  }
}

/** BIND's host. */
export const host: TaskProgram = {
  kind: 'task',
  *run(process) {
    const args = process.argv.slice(1);
    const at = args.indexOf('-t');
    const type = at < 0 ? undefined : (args[at + 1] ?? '').toUpperCase();
    const operands = at < 0 ? args : [...args.slice(0, at), ...args.slice(at + 2)];
    const [name, serverName] = operands;
    if (name === undefined || name.startsWith('-'))
      return yield* complain(process, 'Usage: host [-t type] {hostname|address} [server]');
    let server = resolverConfig(process).nameServers[0] ?? '127.0.0.1';
    if (serverName !== undefined) {
      const found = yield* resolveHost(process, serverName);
      if (found.kind !== 'found')
        return yield* complain(process, `host: couldn't get address for '${serverName}': not found`);
      server = found.addresses[0] ?? server;
    }
    const reverse = canonicalIp(name) === undefined ? undefined : reverseNameOf(name);
    const outcomes =
      reverse === undefined
        ? yield* searchFor(process, name, type === undefined ? ['A', 'AAAA'] : [type], server)
        : [
            yield* query(process, {
              name: reverse,
              type: 'PTR',
              server,
              timeoutMs: resolverConfig(process).timeoutSeconds * 1_000,
            }),
          ];
    const failed = outcomes.find((outcome) => outcome.kind !== 'answer');
    if (failed !== undefined || outcomes.length === 0) {
      yield* print(
        process,
        `;; communications error to ${server}#53: ${failed?.kind === 'refused' ? 'connection refused' : 'timed out'}\n;; no servers could be reached\n`,
      );
      return 1;
    }
    const messages = outcomes.flatMap((outcome) => (outcome.kind === 'answer' ? [outcome.message] : []));
    const answers = messages.flatMap((message) => message.answers);
    if (serverName !== undefined)
      yield* print(
        process,
        `Using domain server:\nName: ${serverName}\nAddress: ${server}#53\nAliases: \n\n`,
      );
    if (answers.length === 0) {
      const code = messages[0]?.responseCode ?? RESPONSE_CODE.SERVFAIL;
      yield* print(
        process,
        code === RESPONSE_CODE.NOERROR
          ? `${name} has no ${type ?? 'A'} record\n`
          : `Host ${reverse ?? name} not found: ${code}(${responseCodeName(code)})\n`,
      );
      return 1;
    }
    yield* print(
      process,
      answers.map((record) => `${withoutDot(record.name)} ${hostPhrase(record)}\n`).join(''),
    );
    return 0;
  },
};

function hostPhrase({ data }: ResourceRecord): string {
  switch (data.type) {
    case 'A':
      return `has address ${data.address}`;
    case 'AAAA':
      return `has IPv6 address ${data.address}`;
    case 'CNAME':
      return `is an alias for ${data.target}`;
    case 'PTR':
      return `domain name pointer ${data.target}`;
    case 'SRV':
      return `has SRV record ${dataText(data)}`;
    case 'TXT':
      return `descriptive text ${dataText(data)}`;
    default:
      return `has ${data.type} record ${dataText(data)}`;
  }
}
