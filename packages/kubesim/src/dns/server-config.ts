import type { IpAddress } from '@podwire/netsim';
import { canonicalAddress, parseCidr } from '../nodes/address.ts';
import { parseCorefile } from './corefile.ts';
import type { Directive, Parsed, ServerBlock } from './corefile.ts';
import { canonicalName, labelsOf, reverseNameOf } from './names.ts';
import type { DomainName } from './records.ts';
import { parseResolvConf } from './search-list.ts';

export interface KubernetesConfig {
  readonly zones: readonly DomainName[];
  readonly ttlSeconds: number;
  readonly pods: 'insecure' | 'verified' | 'disabled';
  /** Absent: all. */
  readonly namespaces?: readonly string[];
  /** Zones whose missing names go on to the next plugin; empty: none. */
  readonly fallthrough: readonly DomainName[];
}

export interface ForwardConfig {
  readonly from: DomainName;
  readonly to: readonly { readonly address: IpAddress; readonly port: number }[];
  readonly except: readonly DomainName[];
}

export interface HostsConfig {
  readonly zones: readonly DomainName[];
  readonly entries: readonly { readonly address: IpAddress; readonly names: readonly DomainName[] }[];
  readonly ttlSeconds: number;
  readonly reverse: boolean;
  readonly fallthrough: readonly DomainName[];
}

export interface RewriteConfig {
  readonly match: 'exact' | 'prefix' | 'suffix' | 'substring';
  readonly from: string;
  readonly to: string;
}

export interface CacheConfig {
  readonly zones: readonly DomainName[];
  readonly successSeconds: number;
  readonly denialSeconds: number;
  readonly noSuccess: readonly DomainName[];
  readonly noDenial: readonly DomainName[];
}

/** One server block, understood. Plain data. */
export interface ServerConfig {
  readonly zone: DomainName;
  readonly port: number;
  readonly errors: boolean;
  readonly log: boolean;
  readonly loadbalance: boolean;
  readonly cache?: CacheConfig;
  readonly rewrites: readonly RewriteConfig[];
  readonly hosts?: HostsConfig;
  readonly kubernetes?: KubernetesConfig;
  readonly forwards: readonly ForwardConfig[];
  readonly healthPort?: number;
  readonly lameduckSeconds: number;
  readonly readyPort?: number;
  readonly metricsPort?: number;
  readonly reloadSeconds?: number;
}

type Draft = { -readonly [Key in keyof ServerConfig]: ServerConfig[Key] };

export interface ConfigFiles {
  readonly readFile: (path: string) => string | undefined;
}

/** undefined when all is well, otherwise what CoreDNS would say. */
type Setup = (draft: Draft, directive: Directive, files: ConfigFiles) => string | undefined;

/** Every plugin that is modelled, with what its line means. */
const SETUPS: ReadonlyMap<string, Setup> = new Map<string, Setup>([
  ['reload', setUpReload],
  ['ready', (draft, { args }) => setPort(args[0], 8181, (port) => (draft.readyPort = port))],
  ['health', setUpHealth],
  ['prometheus', (draft, { args }) => setPort(args[0], 9153, (port) => (draft.metricsPort = port))],
  ['errors', (draft) => void (draft.errors = true)],
  [
    'log',
    (draft, directive) =>
      directive.args.some((arg) => arg !== '.') || directive.block.length > 0
        ? notModelled('log with a format or a filter')
        : void (draft.log = true),
  ],
  [
    'loadbalance',
    (draft, { args }) =>
      args.length > 0 && args[0] !== 'round_robin'
        ? notModelled(`loadbalance ${args.join(' ')}`)
        : void (draft.loadbalance = true),
  ],
  ['cache', setUpCache],
  ['rewrite', setUpRewrite],
  ['hosts', setUpHosts],
  ['kubernetes', setUpKubernetes],
  // It looks for queries that come back; nothing here sends any back.
  ['loop', () => undefined],
  ['forward', setUpForward],
]);

/** Plugins of CoreDNS' own build that this cluster does not model. */
const OTHER_PLUGINS: ReadonlySet<string> = new Set(
  'acl any auto autopath azure bind bufsize cancel chaos clouddns debug dns64 dnssec dnstap erratic etcd file geoip grpc header import k8s_external local metadata minimal multisocket nsid pprof root route53 secondary sign template timeouts tls trace transfer tsig view whoami'.split(
    ' ',
  ),
);

const DEFAULT_PORT = 53;
const DEFAULT_RELOAD_SECONDS = 30;

/** Reads a Corefile: its syntax, then each plugin's line. */
export function readServerConfigs(text: string, files: ConfigFiles): Parsed<readonly ServerConfig[]> {
  const parsed = parseCorefile(text);
  if (!parsed.ok) return parsed;
  const configs: ServerConfig[] = [];
  for (const block of parsed.value) {
    for (const key of block.keys) {
      const config = configOf(block, key, files);
      if (!config.ok) return config;
      if (configs.some(({ zone, port }) => zone === config.value.zone && port === config.value.port))
        return {
          ok: false,
          message: `${block.line} - Error during parsing: cannot serve ${key} - it is already defined`,
        };
      configs.push(config.value);
    }
  }
  return { ok: true, value: configs };
}

function configOf(block: ServerBlock, key: string, files: ConfigFiles): Parsed<ServerConfig> {
  const fail = (line: number, message: string): Parsed<ServerConfig> => ({
    ok: false,
    message: `${line} - Error during parsing: ${message}`,
  });
  const served = parseKey(key);
  if (served === undefined) return fail(block.line, `"${key}" is not a zone this cluster can serve`);
  const draft: Draft = {
    ...served,
    errors: false,
    log: false,
    loadbalance: false,
    rewrites: [],
    forwards: [],
    lameduckSeconds: 0,
  };
  for (const directive of block.directives) {
    const setup = SETUPS.get(directive.name);
    if (setup === undefined)
      return fail(
        directive.line,
        OTHER_PLUGINS.has(directive.name)
          ? notModelled(`plugin ${directive.name}`)
          : `Unknown directive '${directive.name}'`,
      );
    const problem = setup(draft, directive, files);
    if (problem !== undefined) return fail(directive.line, problem);
  }
  return { ok: true, value: draft };
}

function notModelled(what: string): string {
  return `${what} is not modelled by this cluster`;
}

/** `.:53`, `cluster.local`, `dns://example.org:1053`, or a reverse zone as a CIDR of whole octets. */
function parseKey(key: string): { readonly zone: DomainName; readonly port: number } | undefined {
  const match = /^(?:dns:\/\/)?(.*?)(?::(\d{1,5}))?$/.exec(key);
  const host = match?.[1] ?? '';
  const port = Number(match?.[2] ?? DEFAULT_PORT);
  const zone = zoneOf(host === '' ? '.' : host);
  return zone === undefined || host.includes('://') || port < 1 || port > 65_535 ? undefined : { zone, port };
}

function zoneOf(text: string): DomainName | undefined {
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
function zonesOr(
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
): string | undefined {
  const port = text === undefined ? String(fallback) : /^(?:.*):(\d{1,5})$/.exec(text)?.[1];
  if (port === undefined || Number(port) < 1 || Number(port) > 65_535)
    return `invalid address "${text ?? ''}"`;
  set(Number(port));
  return undefined;
}

/** Go durations of one unit: `5s`, `1m`, `500ms`. A bare number means seconds. */
function seconds(text: string | undefined): number | undefined {
  const match = /^(\d{1,6})(ms|s|m|h)?$/.exec(text ?? '');
  if (match === null) return undefined;
  const scale = { ms: 0.001, s: 1, m: 60, h: 3600 }[match[2] ?? 's'] ?? 1;
  return Number(match[1]) * scale;
}

function setUpReload(draft: Draft, { args }: Directive): string | undefined {
  const interval = args[0] === undefined ? DEFAULT_RELOAD_SECONDS : seconds(args[0]);
  if (interval === undefined || interval < 2) return `invalid reload interval "${args[0] ?? ''}"`;
  draft.reloadSeconds = interval;
  return undefined;
}

function setUpHealth(draft: Draft, { args, block }: Directive): string | undefined {
  for (const { words } of block) {
    const lameduck = words[0] === 'lameduck' ? seconds(words[1]) : undefined;
    if (lameduck === undefined)
      return `Wrong argument count or unexpected line ending after '${words[0] ?? ''}'`;
    draft.lameduckSeconds = lameduck;
  }
  return setPort(args[0], 8080, (port) => (draft.healthPort = port));
}

/** Defaults of the cache plugin. */
const CACHE_SUCCESS_SECONDS = 3600;
const CACHE_DENIAL_SECONDS = 1800;

function setUpCache(draft: Draft, { args, block }: Directive): string | undefined {
  const first = seconds(args[0]);
  const zones = zonesOr(first === undefined ? args : args.slice(1), [draft.zone]);
  if (zones === undefined) return `invalid zone in "${args.join(' ')}"`;
  let successSeconds = first ?? CACHE_SUCCESS_SECONDS;
  let denialSeconds = first ?? CACHE_DENIAL_SECONDS;
  let noSuccess: readonly DomainName[] = [];
  let noDenial: readonly DomainName[] = [];
  for (const { words } of block) {
    const [keyword, ...rest] = words;
    if (keyword === 'success' || keyword === 'denial') {
      const ttl = rest[1] === undefined ? undefined : seconds(rest[1]);
      if (keyword === 'success') successSeconds = ttl ?? successSeconds;
      else denialSeconds = ttl ?? denialSeconds;
    } else if (keyword === 'disable' && (rest[0] === 'success' || rest[0] === 'denial')) {
      const disabled = zonesOr(rest.slice(1), zones);
      if (disabled === undefined) return `cache type and zone expected after 'disable'`;
      if (rest[0] === 'success') noSuccess = disabled;
      else noDenial = disabled;
    } else return notModelled(`cache option "${keyword ?? ''}"`);
  }
  draft.cache = { zones, successSeconds, denialSeconds, noSuccess, noDenial };
  return undefined;
}

/** Regular expressions of learners could run for ever, so only plain matches are modelled. */
function setUpRewrite(draft: Draft, { args, block }: Directive): string | undefined {
  const words = args[0] === 'stop' || args[0] === 'continue' ? args.slice(1) : args;
  if (words[0] !== 'name' || block.length > 0) return notModelled(`rewrite ${words[0] ?? ''}`);
  const kind = words[1] ?? '';
  const typed = kind === 'exact' || kind === 'prefix' || kind === 'suffix' || kind === 'substring';
  if (kind === 'regex') return notModelled('rewrite name regex');
  const [from, to, ...rest] = words.slice(typed ? 2 : 1);
  if (from === undefined || to === undefined) return `name rules must have at least two arguments`;
  if (rest.length > 0 && rest.join(' ') !== 'answer auto') return notModelled(`rewrite … ${rest.join(' ')}`);
  const match = typed ? kind : 'exact';
  const whole = match === 'exact';
  draft.rewrites = [
    ...draft.rewrites,
    {
      match,
      from: whole ? canonicalName(from) : from.toLowerCase(),
      to: whole ? canonicalName(to) : to.toLowerCase(),
    },
  ];
  return undefined;
}

function setUpHosts(draft: Draft, { args, block }: Directive, files: ConfigFiles): string | undefined {
  const fromFile =
    args[0]?.startsWith('/') === true
      ? args[0]
      : block.some(({ words }) => parseHostsLine(words))
        ? undefined
        : '/etc/hosts';
  const zones = zonesOr(args[0]?.startsWith('/') === true ? args.slice(1) : args, [draft.zone]);
  if (zones === undefined) return `invalid zone in "${args.join(' ')}"`;
  const lines = (fromFile === undefined ? '' : (files.readFile(fromFile) ?? ''))
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim().split(/\s+/));
  const entries = [...lines].flatMap((words) => parseHostsLine(words) ?? []);
  let fallthrough: readonly DomainName[] = [];
  let ttlSeconds = 3600;
  let reverse = true;
  for (const { words } of block) {
    const entry = parseHostsLine(words);
    if (entry !== undefined) entries.push(entry);
    else if (words[0] === 'fallthrough') fallthrough = zonesOr(words.slice(1), ['.']) ?? [];
    else if (words[0] === 'ttl') ttlSeconds = seconds(words[1]) ?? ttlSeconds;
    else if (words[0] === 'no_reverse') reverse = false;
    else if (words[0] !== 'reload') return `unknown property '${words[0] ?? ''}'`;
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

function setUpKubernetes(draft: Draft, { args, block }: Directive): string | undefined {
  const zones = zonesOr(args, [draft.zone]);
  if (zones === undefined) return `unable to normalize ${args.join(' ')}`;
  let config: KubernetesConfig = { zones, ttlSeconds: 5, pods: 'disabled', fallthrough: [] };
  for (const { words } of block) {
    const [keyword = '', ...rest] = words;
    switch (keyword) {
      case 'pods': {
        const mode = rest[0];
        if (mode !== 'insecure' && mode !== 'verified' && mode !== 'disabled')
          return `wrong value for pods: ${mode ?? ''},  must be one of: disabled, verified, insecure`;
        config = { ...config, pods: mode };
        break;
      }
      case 'ttl': {
        const ttlSeconds = seconds(rest[0]);
        if (ttlSeconds === undefined || ttlSeconds > 3600)
          return `ttl must be in range [0, 3600]: ${rest[0] ?? ''}`;
        config = { ...config, ttlSeconds };
        break;
      }
      case 'namespaces':
        config = { ...config, namespaces: rest };
        break;
      case 'fallthrough': {
        const fallthrough = zonesOr(rest, ['.']);
        if (fallthrough === undefined) return `unable to normalize ${rest.join(' ')}`;
        config = { ...config, fallthrough };
        break;
      }
      // Where the API is and how to get there: this server is told by its node.
      case 'endpoint':
      case 'tls':
      case 'kubeconfig':
        return notModelled(`kubernetes option "${keyword}"`);
      default:
        return `unknown property '${keyword}'`;
    }
  }
  draft.kubernetes = config;
  return undefined;
}

function setUpForward(draft: Draft, { args, block }: Directive, files: ConfigFiles): string | undefined {
  const [from, ...targets] = args;
  const zone = from === undefined ? undefined : zoneOf(from);
  if (zone === undefined || targets.length === 0)
    return `Wrong argument count or unexpected line ending after '${args.at(-1) ?? 'forward'}'`;
  const to: { readonly address: IpAddress; readonly port: number }[] = [];
  for (const target of targets) {
    const found = upstreamsOf(target, files);
    if (found === undefined)
      return target.includes('://')
        ? notModelled(`forward to ${target}`)
        : `not an IP address or file: "${target}"`;
    to.push(...found);
  }
  let except: readonly DomainName[] = [];
  for (const { words } of block) {
    if (words[0] === 'except') except = zonesOr(words.slice(1), []) ?? [];
    else if (!FORWARD_TUNING.has(words[0] ?? '')) return notModelled(`forward option "${words[0] ?? ''}"`);
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

function upstreamsOf(target: string, files: ConfigFiles): ForwardConfig['to'] | undefined {
  if (target.startsWith('/')) {
    const text = files.readFile(target);
    if (text === undefined) return undefined;
    return parseResolvConf(text).nameServers.flatMap((server) => {
      const address = canonicalAddress(server);
      return address === undefined ? [] : [{ address, port: DEFAULT_PORT }];
    });
  }
  const match = /^\[?([0-9a-fA-F:.]+?)\]?(?::(\d{1,5}))?$/.exec(target.replace(/^dns:\/\//, ''));
  const whole = canonicalAddress(target);
  if (whole !== undefined) return [{ address: whole, port: DEFAULT_PORT }];
  const address = canonicalAddress(match?.[1] ?? '');
  const port = Number(match?.[2] ?? DEFAULT_PORT);
  return address === undefined || port < 1 || port > 65_535 ? undefined : [{ address, port }];
}
