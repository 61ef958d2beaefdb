import type {
  Answer,
  CommandRequest,
  CommandResult,
  FetchRequest,
  FetchResult,
  FileRequest,
  FileResult,
  GradingCluster,
  HoldRequest,
  HoldResult,
  LookUpRequest,
  LookUpResult,
  ManifestsResult,
} from '@podwire/grader';
import type { ExecHandle, FileSystem } from '@podwire/machine';
import type { Place, ProbeRequest, ProbeResult, SimulatedCluster } from '@podwire/kubesim';
import type { PlaceView, ProbeRequestView, ProbeResultView } from '@podwire/protocol';
import { utf8Decode } from '@podwire/sim';
import { failureText, jsonContent, requestJson } from './api-request.ts';
import { holdConnection } from './held-connection.ts';

/** How a cluster is driven: at once in one's own thread, or by the wall clock in a worker with its journal. */
export interface GradingDriver {
  readonly cluster: SimulatedCluster;
  /** At an instant at which nothing else is under way. */
  atInstant<Value>(deed: () => Value): Promise<Value>;
  probe(request: ProbeRequest): Promise<ProbeResult>;
  /** Runs a command by our own programs, with these files in its home folder; undefined: there is no such place. */
  execute(
    from: Place,
    argv: readonly string[],
    limitMs: number,
    files: ReadonlyMap<string, string>,
  ): Promise<CommandResult>;
  wait(durationMs: number): Promise<void>;
  /** The cluster as the lab set it up. */
  start(): Promise<SimulatedCluster>;
  /** A cluster of its own that is like this one. */
  copy(): Promise<SimulatedCluster>;
}

export const HOME = '/home/learner';
/** What of a learner's folder is read: manifests, and what a kustomization is made of. */
const MANIFEST_FILE = /\.(ya?ml|json)$/u;
const MAX_FILES = 200;
const MAX_FILE_BYTES = 1_024 * 1_024;
const MAX_FOLDERS = 50;
const KUSTOMIZATIONS: readonly string[] = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];
const BUILD_LIMIT_MS = 30_000;
const MAX_READ_CHARS = 262_144;
const MAX_OUTPUT_CHARS = 65_536;
const STANDARD_PORTS: ReadonlyMap<string, number> = new Map([
  ['http:', 80],
  ['https:', 443],
]);

/** What the grader sees of a simulated cluster. */
export function gradingCluster(driver: GradingDriver): GradingCluster {
  const { cluster } = driver;
  let start: Promise<SimulatedCluster> | undefined;
  return {
    request: (method, path) => driver.atInstant(() => requestJson(cluster.api, method, path)),
    requestAtStart: async (path): Promise<Answer> => {
      start ??= driver.start();
      return requestJson((await start).api, 'GET', path);
    },
    probe: async (request) => probeView(await driver.probe(probeRequest(request))),
    fetch: (request) => fetchPage(driver, request),
    lookUp: (request) => lookUp(driver, request),
    execute: ({ from, command, timeoutMs }: CommandRequest) =>
      driver.execute(placeOf(from), ['bash', '-c', command], timeoutMs, new Map()),
    readFile: (request) => driver.atInstant(() => readFile(cluster, request)),
    manifests: (path) => readManifests(driver, path),
    validate: (object) => driver.atInstant(() => validate(cluster, object)),
    hold: async (request: HoldRequest): Promise<HoldResult> =>
      holdConnection(await driver.copy(), { ...request, from: placeOf(request.from) }),
    wait: (durationMs) => driver.wait(durationMs),
  };
}

/** The wire may say that a field is `undefined`; inside it is then absent. */
function placeOf(view: PlaceView): Place {
  if (view.kind !== 'pod' || view.container !== undefined) return view as Place;
  return { kind: 'pod', namespace: view.namespace, name: view.name };
}

function probeRequest({ payloadBytes, dontFragment, from, ...request }: ProbeRequestView): ProbeRequest {
  return {
    ...request,
    from: placeOf(from),
    ...(payloadBytes === undefined ? {} : { payloadBytes }),
    ...(dontFragment === undefined ? {} : { dontFragment }),
  };
}

/** Results are plain data already; the wire's type is a mutable copy of theirs. */
function probeView(result: ProbeResult): ProbeResultView {
  const { http: _http, dns: _dns, certificate: _certificate, ...view } = result;
  return view as unknown as ProbeResultView;
}

/** A GET by trusted code: the connection is a probe's, so it is traced like one. */
async function fetchPage(
  driver: GradingDriver,
  { from, url, timeoutMs, host, headers }: FetchRequest,
): Promise<FetchResult> {
  const parts = new URL(url);
  const standardPort = STANDARD_PORTS.get(parts.protocol);
  if (standardPort === undefined) throw new Error(`${parts.protocol} can't be asked by this backend`);
  const asked = host ?? parts.host;
  const result = await driver.probe({
    from: placeOf(from),
    to: { kind: 'host', host: parts.hostname },
    port: parts.port === '' ? standardPort : Number(parts.port),
    protocol: 'tcp',
    timeoutMs,
    http: {
      path: `${parts.pathname}${parts.search}`,
      host: asked,
      ...(headers === undefined ? {} : { headers }),
      ...(parts.protocol === 'https:' ? { tls: { host: nameOf(asked) } } : {}),
    },
  });
  const { certificate } = result;
  return { probe: probeView(result), ...result.http, ...(certificate === undefined ? {} : { certificate }) };
}

/** Without its port and the brackets of an IPv6 address: what a certificate is shown for. */
function nameOf(host: string): string {
  return /^\[([^\]]+)\]/u.exec(host)?.[1] ?? host.replace(/:\d+$/u, '');
}

async function lookUp(
  driver: GradingDriver,
  { from, name, type, timeoutMs }: LookUpRequest,
): Promise<LookUpResult> {
  const result = await driver.probe({
    from: placeOf(from),
    to: { kind: 'host', host: name },
    port: 53,
    protocol: 'udp',
    timeoutMs,
    lookUp: type,
  });
  const { because } = result;
  return result.dns === undefined ? { kind: 'no-answer', records: [], because } : { ...result.dns, because };
}

function readFile(cluster: SimulatedCluster, { from, path }: FileRequest): FileResult {
  const files = cluster.filesAt(placeOf(from));
  if (files === undefined) return { kind: 'no-such-place' };
  const info = files.stat(path);
  if (!info.ok || info.value.kind !== 'file') return { kind: 'absent' };
  const read = files.readFile(path);
  return read.ok
    ? { kind: 'text', text: utf8Decode(read.value).slice(0, MAX_READ_CHARS) }
    : { kind: 'absent' };
}

function validate(
  cluster: SimulatedCluster,
  object: unknown,
): { readonly ok: boolean; readonly message?: string } {
  const { apiVersion, kind, metadata } = object as {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata?: { readonly namespace?: unknown };
  };
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const { status, body } = requestJson(cluster.api, 'GET', root);
  const resources = status === 200 ? (body as { readonly resources?: readonly Resource[] }).resources : [];
  const resource = resources?.find((each) => each.kind === kind && !each.name.includes('/'));
  if (resource === undefined)
    return { ok: false, message: `no matches for kind "${kind}" in version "${apiVersion}"` };
  const namespace = typeof metadata?.namespace === 'string' ? metadata.namespace : 'default';
  const collection = resource.namespaced
    ? `${root}/namespaces/${encodeURIComponent(namespace)}/${resource.name}`
    : `${root}/${resource.name}`;
  const answer = requestJson(
    cluster.api,
    'POST',
    `${collection}?dryRun=All&fieldValidation=Strict`,
    jsonContent(object),
  );
  // It is there already, which says nothing against what it says.
  if (answer.status < 300 || answer.status === 409) return { ok: true };
  return { ok: false, message: failureText(answer) };
}

interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** What the learner's folder has; a kustomization is built by our own kubectl, from a copy of the files. */
async function readManifests(driver: GradingDriver, path: string): Promise<ManifestsResult> {
  const clean = path.replace(/^~\//u, '').replaceAll(/\/+$/gu, '');
  if (clean.split('/').includes('..') || clean.startsWith('/'))
    return { ok: false, message: `${path} is not in your home folder.` };
  const gathered = await driver.atInstant(() => gather(driver.cluster.toolboxFiles(), clean));
  if (!gathered.ok) return gathered;
  const isBuilt = gathered.files.some(({ path: name }) =>
    KUSTOMIZATIONS.includes(clean === '' ? name : name.slice(clean.length + 1)),
  );
  if (!isBuilt) return { ok: true, files: gathered.files.filter((file) => MANIFEST_FILE.test(file.path)) };
  const copies = new Map(gathered.files.map((file) => [file.path, file.text]));
  const target = clean === '' ? '.' : clean;
  const built = await driver.execute(
    { kind: 'toolbox' },
    ['kubectl', 'kustomize', target],
    BUILD_LIMIT_MS,
    copies,
  );
  if (built.kind === 'ended' && built.exitCode === 0)
    return { ok: true, files: [{ path: `${path} (built)`, text: built.output }] };
  const output = built.kind === 'no-such-place' ? '' : built.output.trim();
  return { ok: false, message: `The kustomization in ${path} can't be built. ${output}`.trim() };
}

/** What a learner hands in with their objects; nothing, where there is more than anyone would write. */
export function homeFiles(
  cluster: SimulatedCluster,
): readonly { readonly path: string; readonly text: string }[] {
  const gathered = gather(cluster.toolboxFiles(), '');
  return gathered.ok ? gathered.files : [];
}

type Gathered =
  | { readonly ok: true; readonly files: readonly { readonly path: string; readonly text: string }[] }
  | { readonly ok: false; readonly message: string };

/** A kustomization may name files beside its folder, so the whole folder around it comes along. */
function gather(fs: FileSystem, path: string): Gathered {
  const info = fs.lstat(path === '' ? HOME : `${HOME}/${path}`);
  if (!info.ok) return { ok: false, message: `There is no ${path} in your home folder.` };
  if (info.value.kind === 'symlink') return { ok: false, message: `${path} is a symbolic link.` };
  const found: { path: string; text: string }[] = [];
  if (info.value.kind === 'file') {
    const text = readText(fs, path);
    return text === undefined
      ? { ok: false, message: `${path} is larger than ${MAX_FILE_BYTES} bytes.` }
      : { ok: true, files: [{ path, text }] };
  }
  const folders = [path];
  for (let at = 0; at < folders.length; at++) {
    const folder = folders[at] ?? '';
    if (at >= MAX_FOLDERS || found.length > MAX_FILES)
      return { ok: false, message: `${path} holds more than ${MAX_FILES} files or ${MAX_FOLDERS} folders.` };
    const names = fs.list(folder === '' ? HOME : `${HOME}/${folder}`);
    for (const name of names.ok ? [...names.value].sort() : []) {
      if (name.startsWith('.')) continue;
      const child = folder === '' ? name : `${folder}/${name}`;
      const each = fs.lstat(`${HOME}/${child}`);
      if (!each.ok || each.value.kind === 'symlink') continue;
      if (each.value.kind === 'directory') folders.push(child);
      else {
        const text = readText(fs, child);
        if (text === undefined)
          return { ok: false, message: `${child} is larger than ${MAX_FILE_BYTES} bytes.` };
        found.push({ path: child, text });
      }
    }
  }
  return { ok: true, files: found };
}

function readText(fs: FileSystem, path: string): string | undefined {
  const info = fs.stat(`${HOME}/${path}`);
  if (!info.ok || info.value.sizeBytes > MAX_FILE_BYTES) return undefined;
  const read = fs.readFile(`${HOME}/${path}`);
  return read.ok ? utf8Decode(read.value) : undefined;
}

/** Collects what a command prints, and its end. */
export function collect(handle: ExecHandle): {
  readonly result: () => Extract<CommandResult, { kind: 'ended' }> | undefined;
  readonly output: () => string;
} {
  let output = '';
  let exitCode: number | undefined;
  const take = (data: Uint8Array): void => {
    if (output.length < MAX_OUTPUT_CHARS) output += utf8Decode(data);
  };
  handle.onStdout(take);
  handle.onStderr(take);
  handle.onExit((code) => (exitCode = code));
  return {
    result: () => (exitCode === undefined ? undefined : { kind: 'ended', exitCode, output }),
    output: () => output,
  };
}
