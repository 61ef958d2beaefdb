import { canonicalCorefile, parseCorefile } from './corefile.ts';
import type { Parsed, ServerBlock } from './corefile.ts';
import type { Complaint, ConfigFiles, ServerConfig, ServerDraft } from './plugin-config.ts';
import { SETUPS, zoneOf } from './plugin-setups.ts';
import type { DomainName } from './records.ts';

/** Plugins of CoreDNS' own build that this cluster does not model. */
const OTHER_PLUGINS: ReadonlySet<string> = new Set(
  'acl any auto autopath azure bind bufsize cancel chaos clouddns debug dns64 dnssec dnstap erratic etcd file geoip grpc grpc_server header https https3 k8s_external local metadata minimal multisocket nsid on pprof quic root route53 secondary sign timeouts tls trace transfer tsig view whoami'.split(
    ' ',
  ),
);

const DEFAULT_PORT = 53;

export interface Corefile {
  readonly servers: readonly ServerConfig[];
  /** What `reload` compares: the words, without comments and spaces. */
  readonly canonical: string;
}

/** Reads a Corefile: its syntax, that each plugin exists, then each plugin's line. `path` is how CoreDNS names it. */
export function readCorefile(text: string, path: string, files: ConfigFiles): Parsed<Corefile> {
  const parsed = parseCorefile(text, path);
  if (!parsed.ok) return parsed;
  const problem = firstUnknown(parsed.value, path);
  if (problem !== undefined) return { ok: false, message: problem };
  const servers: ServerConfig[] = [];
  for (const block of parsed.value) {
    for (const key of block.keys) {
      const config = configOf(block, key, path, files);
      if (!config.ok) return config;
      const { zone, port } = config.value;
      if (servers.some((server) => server.zone === zone && server.port === port))
        return {
          ok: false,
          message: `${path}:${block.line} - Error during parsing: cannot serve dns://${zone}:${port} - it is already defined`,
        };
      servers.push(config.value);
    }
  }
  return { ok: true, value: { servers, canonical: canonicalCorefile(parsed.value) } };
}

function firstUnknown(blocks: readonly ServerBlock[], path: string): string | undefined {
  for (const { directives } of blocks)
    for (const { name, line } of directives) {
      if (SETUPS.has(name)) continue;
      return OTHER_PLUGINS.has(name)
        ? `plugin/${name}: ${path}:${line} - Error during parsing: plugin ${name} is not modelled by this cluster`
        : `${path}:${line} - Error during parsing: Unknown directive '${name}'`;
    }
  return undefined;
}

function configOf(block: ServerBlock, key: string, path: string, files: ConfigFiles): Parsed<ServerConfig> {
  const served = parseKey(key);
  if (served === undefined)
    return {
      ok: false,
      message: `${path}:${block.line} - Error during parsing: "${key}" is not a zone this cluster can serve`,
    };
  const draft: ServerDraft = {
    ...served,
    errors: false,
    logs: [],
    loadbalance: false,
    rewrites: [],
    templates: [],
    loop: false,
    forwards: [],
    lameduckSeconds: 0,
  };
  // As CoreDNS does: plugin by plugin in their one order, whatever the order in the file.
  for (const [name, setup] of SETUPS)
    for (const directive of block.directives) {
      if (directive.name !== name) continue;
      const problem = setup(draft, directive, files);
      if (problem === undefined) continue;
      const { message, line, bare }: Complaint = typeof problem === 'string' ? { message: problem } : problem;
      return {
        ok: false,
        message: `plugin/${name}: ${bare === true ? '' : `${path}:${line ?? directive.line} - Error during parsing: `}${message}`,
      };
    }
  return { ok: true, value: draft };
}

/** `.:53`, `cluster.local`, `dns://example.org:1053`, or a reverse zone as a CIDR of whole octets. */
function parseKey(key: string): { readonly zone: DomainName; readonly port: number } | undefined {
  const match = /^(?:dns:\/\/)?(.*?)(?::(\d{1,5}))?$/.exec(key);
  const host = match?.[1] ?? '';
  const port = Number(match?.[2] ?? DEFAULT_PORT);
  const zone = zoneOf(host === '' ? '.' : host);
  return zone === undefined || host.includes('://') || port < 1 || port > 65_535 ? undefined : { zone, port };
}
