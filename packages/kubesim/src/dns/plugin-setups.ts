import { canonicalAddress, parseCidr } from '../nodes/address.ts';
import type { IpAddress } from '@podwire/netsim';
import type { Directive } from './corefile.ts';
import { setUpLog } from './logging.ts';
import { canonicalName, labelsOf, reverseNameOf } from './names.ts';
import type { DomainName } from './records.ts';
import { setUpRewrite } from './rewriting.ts';
import { parseResolvConf } from './search-list.ts';
import type {
  Complaint,
  ConfigFiles,
  ForwardConfig,
  HostsConfig,
  KubernetesConfig,
  ServerDraft,
  Setup,
} from './plugin-config.ts';
import { setUpTemplate } from './templating.ts';

/** Every plugin that is modelled, with what its line means, in the order of CoreDNS' plugin.cfg. */
export const SETUPS: ReadonlyMap<string, Setup> = new Map<string, Setup>([
  ['reload', setUpReload],
  ['ready', setUpReady],
  ['health', setUpHealth],
  ['prometheus', (draft, { args }) => setPort(args[0], 9153, (port) => (draft.metricsPort = port))],
  ['errors', setUpErrors],
  ['log', setUpLog],
  ['loadbalance', setUpLoadbalance],
  ['cache', setUpCache],
  ['rewrite', setUpRewrite],
  ['template', setUpTemplate],
  ['hosts', setUpHosts],
  ['kubernetes', setUpKubernetes],
  ['loop', setUpLoop],
  ['forward', setUpForward],
]);

const DEFAULT_PORT = 53;
const DEFAULT_RELOAD = { intervalSeconds: 30, jitterSeconds: 15 } as const;
/** Of the seconds between two reloads. */
const MIN_RELOAD_SECONDS = 2;
const MIN_JITTER_SECONDS = 1;

export function notModelled(what: string): string {
  return `${what} is not modelled by this cluster`;
}

/** What is said of a line with too few or too many words. */
export function wrongCount({ name, args }: Pick<Directive, 'name' | 'args'>): string {
  return `Wrong argument count or unexpected line ending after '${args.at(-1) ?? name}'`;
}

const ONCE: Complaint = { message: 'this plugin can only be used once per Server Block', bare: true };

function setUpReload(draft: ServerDraft, directive: Directive): string | Complaint | undefined {
  const { args } = directive;
  if (args.length > 2) return wrongCount(directive);
  const [interval, jitter] = args.map((text) => ({ text, value: duration(text) }));
  for (const each of [interval, jitter])
    if (each !== undefined && each.value === undefined)
      return {
        message: `time: ${/^[\d.]+$/.test(each.text) ? 'missing unit in' : 'invalid'} duration "${each.text}"`,
        bare: true,
      };
  const intervalSeconds = interval?.value ?? DEFAULT_RELOAD.intervalSeconds;
  const jitterSeconds = jitter?.value ?? DEFAULT_RELOAD.jitterSeconds;
  if (intervalSeconds < MIN_RELOAD_SECONDS)
    return { message: `interval value must be greater or equal to ${MIN_RELOAD_SECONDS}s`, bare: true };
  if (jitterSeconds !== 0 && jitterSeconds < MIN_JITTER_SECONDS)
    return { message: `jitter value must be 0 or greater or equal to ${MIN_JITTER_SECONDS}s`, bare: true };
  draft.reload = { intervalSeconds, jitterSeconds: Math.min(jitterSeconds, intervalSeconds / 2) };
  return undefined;
}

function setUpReady(draft: ServerDraft, { args, block }: Directive): string | Complaint | undefined {
  if (draft.readyPort !== undefined) return ONCE;
  if (block.length > 0) return notModelled('a block of ready');
  return setPort(args[0], 8181, (port) => (draft.readyPort = port));
}

function setUpErrors(draft: ServerDraft, { block }: Directive): string | undefined {
  const [first] = block;
  // A stack trace is only written when CoreDNS itself is at fault.
  if (first !== undefined && first.words[0] !== 'stacktrace')
    return notModelled(`errors option "${first.words[0] ?? ''}"`);
  draft.errors = true;
  return undefined;
}

function setUpLoadbalance(draft: ServerDraft, { args, block }: Directive): string | undefined {
  if ((args.length > 0 && args[0] !== 'round_robin') || block.length > 0)
    return notModelled(`loadbalance ${args.join(' ')}`);
  draft.loadbalance = true;
  return undefined;
}

function setUpLoop(draft: ServerDraft, directive: Directive): string | Complaint | undefined {
  if (draft.loop) return ONCE;
  if (directive.args.length > 0) return wrongCount(directive);
  draft.loop = true;
  return undefined;
}

export function zoneOf(text: string): DomainName | undefined {
  const cidr = parseCidr(text);
  if (cidr !== undefined) {
    if (cidr.bits !== 32 || cidr.prefixLength % 8 !== 0 || cidr.prefixLength === 0) return undefined;
    const reverse = reverseNameOf(text.slice(0, text.indexOf('/')));
    return reverse
      ?.split('.')
      .slice(4 - cidr.prefixLength / 8)
      .join('.');
  }
  return labelsOf(text) === undefined ? undefined : canonicalName(text);
}

/** Zones given, or the server's own. undefined when one is none. */
export function zonesOr(
  texts: readonly string[],
  fallback: readonly DomainName[],
): readonly DomainName[] | undefined {
  const zones = texts.map(zoneOf);
  if (zones.length === 0) return fallback;
  return zones.every((zone) => zone !== undefined) ? zones : undefined;
}

function setPort(
  text: string | undefined,
  fallback: number,
  set: (port: number) => void,
): Complaint | undefined {
  const port = text === undefined ? String(fallback) : /^(?:.*):(\d{1,5})$/.exec(text)?.[1];
  if (port === undefined) return { message: `address ${text ?? ''}: missing port in address`, bare: true };
  if (Number(port) < 1 || Number(port) > 65_535)
    return { message: `address ${port}: invalid port`, bare: true };
  set(Number(port));
  return undefined;
}

/** Go durations of one unit: `5s`, `1m`, `500ms`. */
function duration(text: string | undefined): number | undefined {
  return /[a-z]$/.test(text ?? '') || text === '0' ? seconds(text) : undefined;
}

/** As `duration`; a bare number means seconds. */
function seconds(text: string | undefined): number | undefined {
  const match = /^(\d{1,6})(ms|s|m|h)?$/.exec(text ?? '');
  if (match === null) return undefined;
  const scale = { ms: 0.001, s: 1, m: 60, h: 3600 }[match[2] ?? 's'] ?? 1;
  return Number(match[1]) * scale;
}

function setUpHealth(draft: ServerDraft, directive: Directive): string | Complaint | undefined {
  const { args, block } = directive;
  if (args.length > 1) return wrongCount(directive);
  for (const { words, line } of block) {
    const [keyword = '', ...rest] = words;
    if (keyword !== 'lameduck') return { message: `unknown property '${keyword}'`, line };
    if (rest.length !== 1) return { message: wrongCount({ name: keyword, args: rest }), line };
    const lameduck = duration(rest[0]);
    if (lameduck === undefined)
      return {
        message: `unable to parse lameduck duration value: '${rest[0] ?? ''}' : time: ${/^[\d.]+$/.test(rest[0] ?? '') ? 'missing unit in' : 'invalid'} duration "${rest[0] ?? ''}"`,
        bare: true,
      };
    draft.lameduckSeconds = lameduck;
  }
  return setPort(args[0], 8080, (port) => (draft.healthPort = port));
}

/** Defaults of the cache plugin. */
const CACHE_SUCCESS_SECONDS = 3600;
const CACHE_DENIAL_SECONDS = 1800;

function setUpCache(draft: ServerDraft, { args, block }: Directive): string | Complaint | undefined {
  const first = seconds(args[0]);
  const zones = zonesOr(first === undefined ? args : args.slice(1), [draft.zone]);
  if (zones === undefined) return `invalid zone in "${args.join(' ')}"`;
  let successSeconds = first ?? CACHE_SUCCESS_SECONDS;
  let denialSeconds = first ?? CACHE_DENIAL_SECONDS;
  let noSuccess: readonly DomainName[] = [];
  let noDenial: readonly DomainName[] = [];
  for (const { words, line } of block) {
    const [keyword, ...rest] = words;
    if (keyword === 'success' || keyword === 'denial') {
      const ttl = rest[1] === undefined ? undefined : seconds(rest[1]);
      if (keyword === 'success') successSeconds = ttl ?? successSeconds;
      else denialSeconds = ttl ?? denialSeconds;
    } else if (keyword === 'disable' && (rest[0] === 'success' || rest[0] === 'denial')) {
      const disabled = zonesOr(rest.slice(1), zones);
      if (disabled === undefined) return { message: `cache type and zone expected after 'disable'`, line };
      if (rest[0] === 'success') noSuccess = disabled;
      else noDenial = disabled;
    } else return { message: notModelled(`cache option "${keyword ?? ''}"`), line };
  }
  draft.cache = { zones, successSeconds, denialSeconds, noSuccess, noDenial };
  return undefined;
}

function setUpHosts(
  draft: ServerDraft,
  { args, block }: Directive,
  files: ConfigFiles,
): string | Complaint | undefined {
  if (draft.hosts !== undefined) return ONCE;
  const named = args[0]?.startsWith('/') === true ? args[0] : undefined;
  const hasEntries = block.some(({ words }) => parseHostsLine(words) !== undefined);
  const fromFile = named ?? (hasEntries ? undefined : '/etc/hosts');
  const zones = zonesOr(named === undefined ? args : args.slice(1), [draft.zone]);
  if (zones === undefined) return `invalid zone in "${args.join(' ')}"`;
  const lines = (fromFile === undefined ? '' : (files.readFile(fromFile) ?? ''))
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim().split(/\s+/));
  const entries = lines.flatMap((words) => parseHostsLine(words) ?? []);
  let fallthrough: readonly DomainName[] = [];
  let ttlSeconds = 3600;
  let reverse = true;
  for (const { words, line } of block) {
    const [keyword = '', value] = words;
    const entry = parseHostsLine(words);
    // A line of names after `fallthrough` is taken for an option, as CoreDNS does.
    if (entry !== undefined && fallthrough.length === 0) entries.push(entry);
    else if (keyword === 'fallthrough') fallthrough = zonesOr(words.slice(1), ['.']) ?? [];
    else if (keyword === 'ttl') {
      if (value === undefined) return { message: 'ttl needs a time in second', line };
      if (!/^-?\d+$/.test(value)) return { message: 'ttl needs a number of second', line };
      if (Number(value) <= 0 || Number(value) > 65_535) return { message: 'ttl provided is invalid', line };
      ttlSeconds = Number(value);
    } else if (keyword === 'no_reverse') reverse = false;
    else if (keyword !== 'reload' && fallthrough.length > 0)
      return { message: `unknown property '${keyword}'`, line };
  }
  draft.hosts = { zones, entries, ttlSeconds, reverse, fallthrough };
  return undefined;
}

function parseHostsLine(words: readonly string[]): HostsConfig['entries'][number] | undefined {
  const address = canonicalAddress(words[0] ?? '');
  if (address === undefined) return undefined;
  return {
    address,
    names: words
      .slice(1)
      .filter((name) => labelsOf(name) !== undefined)
      .map(canonicalName),
  };
}

function setUpKubernetes(draft: ServerDraft, { args, block }: Directive): string | Complaint | undefined {
  if (draft.kubernetes !== undefined) return ONCE;
  const zones = zonesOr(args, [draft.zone]);
  if (zones === undefined) return `unable to normalize ${args.join(' ')}`;
  if (zones.every((zone) => /(?:^|\.)(?:in-addr|ip6)\.arpa\.$/.test(zone)))
    return { message: 'non-reverse zone name must be used', bare: true };
  let config: KubernetesConfig = { zones, ttlSeconds: 5, pods: 'disabled', fallthrough: [] };
  for (const { words, line } of block) {
    const [keyword = '', ...rest] = words;
    const wrong = (): Complaint => ({ message: wrongCount({ name: keyword, args: rest }), line });
    switch (keyword) {
      case 'pods': {
        const mode = rest[0];
        if (rest.length !== 1) return wrong();
        if (mode !== 'insecure' && mode !== 'verified' && mode !== 'disabled')
          return {
            message: `wrong value for pods: ${mode ?? ''},  must be one of: disabled, verified, insecure`,
            bare: true,
          };
        config = { ...config, pods: mode };
        break;
      }
      case 'ttl': {
        if (rest[0] === undefined) return wrong();
        if (!/^[+-]?\d{1,10}$/.test(rest[0]))
          return { message: `strconv.Atoi: parsing ${JSON.stringify(rest[0])}: invalid syntax`, bare: true };
        const ttlSeconds = Number(rest[0]);
        if (ttlSeconds < 0 || ttlSeconds > 3600)
          return { message: `ttl must be in range [0, 3600]: ${ttlSeconds}`, line };
        config = { ...config, ttlSeconds };
        break;
      }
      case 'namespaces':
        if (rest.length === 0) return wrong();
        config = { ...config, namespaces: rest };
        break;
      case 'fallthrough': {
        const fallthrough = zonesOr(rest, ['.']);
        if (fallthrough === undefined) return { message: `unable to normalize ${rest.join(' ')}`, line };
        config = { ...config, fallthrough };
        break;
      }
      // Where the API is and how to get there, which this server is told by its node; and choices among objects.
      case 'endpoint':
      case 'endpoint_pod_names':
      case 'ignore':
      case 'kubeconfig':
      case 'labels':
      case 'multicluster':
      case 'namespace_labels':
      case 'noendpoints':
      case 'startup_timeout':
      case 'tls':
        return { message: notModelled(`kubernetes option "${keyword}"`), line };
      default:
        return { message: `unknown property '${keyword}'`, line };
    }
  }
  draft.kubernetes = config;
  return undefined;
}

function setUpForward(
  draft: ServerDraft,
  directive: Directive,
  files: ConfigFiles,
): string | Complaint | undefined {
  const [from, ...targets] = directive.args;
  const zone = from === undefined ? undefined : zoneOf(from);
  if (zone === undefined && from !== undefined)
    return { message: `unable to normalize '${from}'`, bare: true };
  if (zone === undefined || targets.length === 0) return wrongCount(directive);
  const to: { readonly address: IpAddress; readonly port: number }[] = [];
  for (const target of targets) {
    const found = upstreamsOf(target, files);
    if (typeof found === 'string')
      return found.startsWith('forward to') ? found : { message: found, bare: true };
    to.push(...found);
  }
  let except: readonly DomainName[] = [];
  for (const { words, line } of directive.block) {
    if (words[0] === 'except') except = zonesOr(words.slice(1), []) ?? [];
    else if (!FORWARD_TUNING.has(words[0] ?? ''))
      return { message: notModelled(`forward option "${words[0] ?? ''}"`), line };
  }
  draft.forwards = [...draft.forwards, { from: zone, to, except }];
  return undefined;
}

/** Options that bear on how connections to upstreams are kept, which answers don't show. */
const FORWARD_TUNING: ReadonlySet<string> = new Set([
  'max_concurrent',
  'expire',
  'max_fails',
  'prefer_udp',
  'health_check',
  'policy',
]);

/** The servers that one word of `forward` names, or what is wrong with it. */
function upstreamsOf(target: string, files: ConfigFiles): ForwardConfig['to'] | string {
  if (target.startsWith('/')) {
    const text = files.readFile(target);
    if (text === undefined) return `not an IP address or file: ${JSON.stringify(target)}`;
    const servers = parseResolvConf(text).nameServers.flatMap((server) => {
      const address = canonicalAddress(server);
      return address === undefined ? [] : [{ address, port: DEFAULT_PORT }];
    });
    return servers.length === 0 ? 'no nameservers found' : servers;
  }
  const plain = target.replace(/^dns:\/\//, '');
  if (plain.includes('://')) return notModelled(`forward to ${target}`);
  const whole = canonicalAddress(plain);
  if (whole !== undefined) return [{ address: whole, port: DEFAULT_PORT }];
  const match = /^\[?([0-9a-fA-F:.]+?)\]?(?::(\d{1,5}))?$/.exec(plain);
  const address = canonicalAddress(match?.[1] ?? '');
  const port = Number(match?.[2] ?? DEFAULT_PORT);
  return address === undefined || port < 1 || port > 65_535
    ? `not an IP address or file: ${JSON.stringify(target)}`
    : [{ address, port }];
}
