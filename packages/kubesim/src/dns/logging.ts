import type { Directive } from './corefile.ts';
import type { DnsEnvironment, DnsPlugin, Exchange } from './exchange.ts';
import { plainLength } from './message.ts';
import { canonicalName, isInZone } from './names.ts';
import { RESPONSE_CODE, responseCodeName } from './records.ts';
import type { DnsMessage } from './records.ts';
import { RESPONSE_CLASSES } from './plugin-config.ts';
import type { Complaint, ResponseClass, ServerDraft } from './plugin-config.ts';

const COMMON =
  '{remote}:{port} - {>id} "{type} {class} {name} {proto} {size} {>do} {>bufsize}" {rcode} {>rflags} {rsize} {duration}';
const COMBINED = `${COMMON} "{>opcode}"`;

/** `log`, `log NAME… [FORMAT]`, and `class …` in its block. */
export function setUpLog(draft: ServerDraft, { args, block }: Directive): string | Complaint | undefined {
  const last = args.at(-1) ?? '';
  const hasFormat = args.length > 1 && last.includes('{');
  const format = hasFormat ? last.replaceAll('{common}', COMMON).replaceAll('{combined}', COMBINED) : COMMON;
  const scopes = hasFormat ? args.slice(0, -1) : args;
  const classes = new Set<ResponseClass>();
  for (const { words, line } of block) {
    const [keyword = '', ...rest] = words;
    if (keyword !== 'class') return { message: `unknown property '${keyword}'`, line };
    if (rest.length === 0)
      return { message: `Wrong argument count or unexpected line ending after 'class'`, line };
    for (const name of rest) {
      const known = RESPONSE_CLASSES.find((each) => each === name);
      if (known === undefined) return { message: `invalid Class: ${name}`, bare: true };
      classes.add(known);
    }
  }
  draft.logs = [
    ...draft.logs,
    ...(scopes.length === 0 ? ['.'] : scopes).map((scope) => ({
      scope: canonicalName(scope),
      format,
      classes: classes.size === 0 ? (['all'] as const) : [...classes],
    })),
  ];
  return undefined;
}

/** A line for each query: of the first rule whose name holds it. */
export const logPlugin: DnsPlugin = {
  name: 'log',
  onReply(exchange, response, environment): DnsMessage {
    const asked = exchange.query.questions[0]?.name ?? '.';
    const rule = exchange.server.logs.find(({ scope }) => isInZone(asked, scope));
    if (rule !== undefined && (rule.classes.includes('all') || rule.classes.includes(classOf(response))))
      environment.log(`[INFO] ${logLine(rule.format, exchange, response, environment)}`);
    return response;
  },
};

function classOf({ responseCode, answers, authorities }: DnsMessage): ResponseClass {
  if (responseCode === RESPONSE_CODE.NXDOMAIN) return answers.length > 0 ? 'error' : 'denial';
  if (responseCode !== RESPONSE_CODE.NOERROR) return 'error';
  const isEmpty = answers.length === 0 && authorities.some(({ data }) => data.type === 'SOA');
  return isEmpty ? 'denial' : 'success';
}

function logLine(
  format: string,
  exchange: Exchange,
  response: DnsMessage,
  environment: DnsEnvironment,
): string {
  return format.replace(/\{[^{}]*\}/g, (label) => valueOf(label, exchange, response, environment) ?? label);
}

/** undefined for what is no label: it stays as it is. */
function valueOf(
  label: string,
  { client, query, queryBytes, startedMs }: Exchange,
  response: DnsMessage,
  { nowMs }: DnsEnvironment,
): string | undefined {
  const [question] = query.questions;
  switch (label) {
    case '{remote}':
      return client.address.includes(':') ? `[${client.address}]` : client.address;
    case '{port}':
      return String(client.port);
    case '{type}':
      return question?.type ?? '';
    case '{class}':
      return 'IN';
    case '{name}':
      return canonicalName(question?.name ?? '.');
    case '{proto}':
      return client.protocol;
    case '{size}':
      return String(queryBytes);
    case '{>id}':
      return String(query.id);
    case '{>opcode}':
      return String(query.opcode);
    case '{>do}':
      return String(query.edns?.dnssecOk === true);
    case '{>bufsize}':
      return String(client.protocol === 'tcp' ? 65_535 : Math.max(512, query.edns?.udpSizeBytes ?? 512));
    case '{rcode}':
      return responseCodeName(response.responseCode);
    case '{>rflags}':
      return flagsOf(response);
    case '{rsize}':
      // Before it is cut to the client's size, and without names being compressed.
      return String(plainLength(response));
    case '{duration}':
      return `${((nowMs - startedMs) / 1000).toFixed(9)}s`;
    default:
      return label.startsWith('{/') ? '-' : undefined;
  }
}

function flagsOf(response: DnsMessage): string {
  const flags: readonly (readonly [boolean, string])[] = [
    [response.response, 'qr'],
    [response.authoritative, 'aa'],
    [response.truncated, 'tc'],
    [response.recursionDesired, 'rd'],
    [response.recursionAvailable, 'ra'],
    [response.authenticData, 'ad'],
    [response.checkingDisabled, 'cd'],
  ];
  return flags
    .filter(([set]) => set)
    .map(([, name]) => name)
    .join(',');
}
