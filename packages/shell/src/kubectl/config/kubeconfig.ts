import type { Process } from '@podwire/machine';
import type { UserInfo } from '@podwire/kubesim';
import type { FlagValues } from '../command/flag-values.ts';
import { Failure, fail } from '../failure.ts';
import type { KubernetesService } from '../service.ts';
import { errnoText } from '../values/errno-text.ts';
import { goQuote } from '../values/go-text.ts';
import { isObject, objectAt, objectsAt, textAt } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';
import { resolvePath } from '../values/path.ts';
import { goYaml } from '../printers/yaml.ts';
import { readYamlDocument } from '../values/yaml-reader.ts';

/** clientcmd's address of last resort. */
const DEFAULT_HOST = 'localhost:8080';

type Section = 'clusters' | 'users' | 'contexts';
const MEMBER: Readonly<Record<Section, string>> = { clusters: 'cluster', users: 'user', contexts: 'context' };

/** The merged kubeconfig files of one run, and where each entry came from. */
export interface KubeConfig {
  readonly clusters: Map<string, JsonObject>;
  readonly users: Map<string, JsonObject>;
  readonly contexts: Map<string, JsonObject>;
  currentContext: string;
  /** Absolute paths in order of precedence; the first existing one takes new entries. */
  readonly files: readonly string[];
  /** Set when `--kubeconfig` named the file. */
  readonly explicitFile: string | undefined;
  /** The named file does not exist: an error for clients, an empty configuration for `kubectl config`. */
  readonly missing: string | undefined;
  /** `section/name` → file. */
  readonly origins: Map<string, string>;
}

export function homeOf(process: Process): string {
  return process.env.get('HOME') ?? '/root';
}

function configFiles(process: Process, explicit: string): readonly string[] {
  if (explicit !== '') return [resolvePath(process.cwd, explicit)];
  const listed = process.env.get('KUBECONFIG') ?? '';
  const paths = listed.split(':').filter((path) => path !== '');
  if (paths.length > 0) return [...new Set(paths.map((path) => resolvePath(process.cwd, path)))];
  return [resolvePath('/', `${homeOf(process)}/.kube/config`)];
}

export function loadConfig(process: Process, explicit: string): KubeConfig {
  const files = configFiles(process, explicit);
  const config: KubeConfig = {
    clusters: new Map(),
    users: new Map(),
    contexts: new Map(),
    currentContext: '',
    files,
    explicitFile: explicit === '' ? undefined : files[0],
    missing: explicit !== '' && !process.fs.stat(files[0] ?? '').ok ? explicit : undefined,
    origins: new Map(),
  };
  for (const file of files) mergeFile(process, config, file);
  return config;
}

/** The first file that sets a value wins. */
function mergeFile(process: Process, config: KubeConfig, file: string): void {
  const read = process.fs.readFile(file);
  if (!read.ok) {
    if (read.errno === 'ENOENT') return;
    fail(`error loading config file ${goQuote(file)}: open ${file}: ${errnoText(read.errno)}`);
  }
  const document = readYamlDocument(new TextDecoder().decode(read.value));
  if (!document.ok) fail(`error loading config file ${goQuote(file)}: yaml: ${document.message}`);
  const content = document.value;
  if (content === null) return;
  if (!isObject(content))
    fail(
      `error loading config file ${goQuote(file)}: couldn't get version/kind; json parse error: json: cannot unmarshal into Go value`,
    );
  if (config.currentContext === '') config.currentContext = textAt(content, 'current-context');
  for (const section of ['clusters', 'users', 'contexts'] as const) {
    for (const entry of objectsAt(content, section)) {
      const name = textAt(entry, 'name');
      if (config[section].has(name)) continue;
      config[section].set(name, objectAt(entry, MEMBER[section]) ?? {});
      config.origins.set(`${section}/${name}`, file);
    }
  }
}

const FIELD_ORDER: Readonly<Record<Section, readonly string[]>> = {
  clusters: [
    'server',
    'tls-server-name',
    'insecure-skip-tls-verify',
    'certificate-authority',
    'certificate-authority-data',
    'proxy-url',
    'disable-compression',
    'extensions',
  ],
  users: [
    'client-certificate',
    'client-certificate-data',
    'client-key',
    'client-key-data',
    'token',
    'tokenFile',
    'as',
    'as-uid',
    'as-groups',
    'as-user-extra',
    'username',
    'password',
    'auth-provider',
    'exec',
    'extensions',
  ],
  contexts: ['cluster', 'user', 'namespace', 'extensions'],
};
/** Fields that are written even when they are empty. */
const ALWAYS: Readonly<Record<Section, readonly string[]>> = {
  clusters: ['server'],
  users: [],
  contexts: ['cluster', 'user'],
};

function entries(config: KubeConfig, section: Section, keep: (name: string) => boolean): JsonObject[] | null {
  const list = [...config[section]]
    .filter(([name]) => keep(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, fields]): JsonObject => {
      const ordered: JsonObject = {};
      for (const field of FIELD_ORDER[section]) {
        const value = fields[field];
        const empty = value === undefined || value === '' || value === false || value === null;
        if (!empty) ordered[field] = value;
        else if (ALWAYS[section].includes(field)) ordered[field] = '';
      }
      return { name, [MEMBER[section]]: ordered };
    });
  return list.length === 0 ? null : list;
}

/** The v1.Config object, fields in the order of its Go type. */
export function configObject(
  config: KubeConfig,
  keep: (section: Section, name: string) => boolean = () => true,
): JsonObject {
  return {
    kind: 'Config',
    apiVersion: 'v1',
    clusters: entries(config, 'clusters', (name) => keep('clusters', name)),
    users: entries(config, 'users', (name) => keep('users', name)),
    contexts: entries(config, 'contexts', (name) => keep('contexts', name)),
    'current-context': config.currentContext,
  };
}

/** Where new entries go: the named file, else the first that exists, else the first. */
function destination(process: Process, config: KubeConfig): string {
  return config.files.find((file) => process.fs.stat(file).ok) ?? config.files[0] ?? '';
}

/** Writes the changed configuration back to the files that its entries came from. */
export function saveConfig(process: Process, config: KubeConfig): string {
  const fallback = destination(process, config);
  const touched = new Set(config.files.filter((file) => process.fs.stat(file).ok));
  touched.add(fallback);
  for (const file of touched) {
    const object = configObject(
      config,
      (section, name) => (config.origins.get(`${section}/${name}`) ?? fallback) === file,
    );
    if (file !== fallback) object['current-context'] = '';
    process.fs.mkdir(resolvePath('/', `${file}/..`), { parents: true });
    const written = process.fs.writeFile(file, new TextEncoder().encode(goYaml(object)), { mode: 0o600 });
    if (!written.ok) fail(`open ${file}: ${errnoText(written.errno)}`);
  }
  return fallback;
}

/** What requests need of the configuration. */
export interface ClientConfig {
  readonly server: string;
  /** `host:port`, for messages. */
  readonly host: string;
  readonly namespace: string;
  readonly namespaceIsExplicit: boolean;
  readonly user: UserInfo;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the simulated API server listens at `server`. */
  readonly reachable: boolean;
}

const trimSlash = (url: string): string => url.replace(/\/+$/, '');

function hostOf(server: string): string {
  return server.replace(/^[a-z]+:\/\//, '').replace(/\/.*$/, '');
}

/** The namespace of a pod's own service account, as the kubelet mounts it. */
const NAMESPACE_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

function podNamespace(process: Process): string {
  const read = process.fs.readFile(NAMESPACE_FILE);
  return read.ok ? new TextDecoder().decode(read.value).trim() : '';
}

export function resolveConfig(
  process: Process,
  config: KubeConfig,
  flags: FlagValues,
  service: KubernetesService | undefined,
): ClientConfig {
  if (config.missing !== undefined) fail(`stat ${config.missing}: no such file or directory`);
  const contextName = flags.globalText('context') || config.currentContext;
  const context = config.contexts.get(contextName);
  if (
    context === undefined &&
    contextName !== '' &&
    (flags.globalText('context') !== '' || config.contexts.size > 0)
  ) {
    throw new Failure({
      kind: 'configuration',
      messages: [`context was not found for specified context: ${contextName}`],
    });
  }
  const clusterName = flags.globalText('cluster') || textAt(context, 'cluster');
  const cluster = config.clusters.get(clusterName);
  if (cluster === undefined && flags.globalText('cluster') !== '')
    fail(`no server found for cluster ${goQuote(clusterName)}`);
  const userName = flags.globalText('user') || textAt(context, 'user');
  const user = config.users.get(userName);
  if (user === undefined && flags.globalText('user') !== '')
    fail(`auth info ${goQuote(userName)} does not exist`);
  // Without any kubeconfig the machine acts like a pod with its own service account: it knows its API server.
  const configured = flags.globalText('server') || textAt(cluster, 'server');
  const bare = config.contexts.size === 0 && config.clusters.size === 0;
  const server = configured || (bare && service !== undefined ? service.server : `http://${DEFAULT_HOST}`);
  const inPod = bare ? podNamespace(process) : '';
  const namespace = flags.globalText('namespace') || textAt(context, 'namespace') || inPod || 'default';
  return {
    server,
    host: hostOf(server),
    namespace,
    namespaceIsExplicit: flags.globalText('namespace') !== '',
    user: service?.user ?? { name: 'system:anonymous', groups: ['system:unauthenticated'] },
    headers: authHeaders(flags, user),
    reachable: service !== undefined && trimSlash(server) === trimSlash(service.server),
  };
}

function authHeaders(flags: FlagValues, user: JsonObject | undefined): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  const token = flags.globalText('token') || textAt(user, 'token');
  if (token !== '') headers['authorization'] = `Bearer ${token}`;
  const impersonated = flags.globalText('as') || textAt(user, 'as');
  if (impersonated !== '') headers['impersonate-user'] = impersonated;
  const groups = flags.listIfAny('as-group');
  if (groups.length > 0) {
    if (impersonated === '') fail('requesting uid, groups or user-extra for  without impersonating a user');
    headers['impersonate-group'] = groups.join(',');
  }
  const uid = flags.globalText('as-uid');
  if (uid !== '') headers['impersonate-uid'] = uid;
  return headers;
}
