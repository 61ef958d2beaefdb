import type {
  Answer,
  CommandRequest,
  CommandResult,
  FetchRequest,
  FetchResult,
  FileRequest,
  FileResult,
  GradingCluster,
  LookUpRequest,
  LookUpResult,
} from '@podwire/grader';
import { ClusterError } from '../cluster-error.ts';
import { manifestPath } from '../grading/manifest-path.ts';
import { nameOfHost } from '../grading/name-of-host.ts';
import { validateObject } from '../grading/validate-object.ts';
import type { KubeApi } from './kube-api.ts';
import type { KindProber } from './prober.ts';
import type { StartObjects } from './start-objects.ts';
import type { ToolboxFiles } from './toolbox-files.ts';

const DISCOVERY_PATH = /^\/(?:api\/[^/?]+|apis(?:\/[^/?]+){0,2})$/u;
const PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };
const MAX_OUTPUT_CHARS = 65_536;
/** `timeout` ends a command with this code. */
const TIMED_OUT = 124;
const NO_SUCH_FILE = 65;
/** `dig` asks once, within the whole seconds it is given. */
const MIN_DIG_SECONDS = 1;

export interface KindGradingParts {
  readonly session: string;
  readonly api: KubeApi;
  readonly prober: KindProber;
  readonly files: ToolboxFiles;
  readonly starts: StartObjects;
}

/** What the grader sees of a kind cluster: its API as administrator, and probes of its own. */
export function kindGradingCluster(parts: KindGradingParts): GradingCluster {
  const { api, prober } = parts;
  return {
    request: (method, path) => ask(api, method, path),
    // Which kinds there are is asked of the cluster as it is.
    requestAtStart: (path) =>
      DISCOVERY_PATH.test(path) ? ask(api, 'GET', path) : parts.starts.get(parts.session, path),
    probe: async (request) => (await prober.probe(request)).result,
    fetch: (request) => fetchPage(prober, request),
    lookUp: (request) => lookUp(prober, request),
    execute: (request) => execute(prober, request),
    readFile: (request) => readFile(parts, request),
    manifests: async (given) => {
      const target = manifestPath(given);
      return target.ok ? parts.files.manifests(target.path) : target;
    },
    validate: (object) =>
      validateObject(object, (method, path, body) =>
        api.request(
          method,
          path,
          body === undefined ? undefined : { type: 'application/json', body: JSON.stringify(body) },
        ),
      ),
    hold: () =>
      Promise.reject(
        new ClusterError(
          'not-supported',
          'A kind cluster can’t be copied, and this check needs a copy.',
          'Take a simulated cluster for this lab.',
        ),
      ),
    wait: (durationMs) => new Promise((resolve) => setTimeout(resolve, durationMs)),
  };
}

/** @throws Error for the learner: labs have them stop the API server, and start it again before they check. */
async function ask(api: KubeApi, method: 'GET', path: string): Promise<Answer> {
  try {
    return await api.request(method, path);
  } catch (error) {
    throw new Error('the API server of your cluster does not answer', { cause: error });
  }
}

async function fetchPage(
  prober: KindProber,
  { from, url, timeoutMs, host, headers }: FetchRequest,
): Promise<FetchResult> {
  const parts = new URL(url);
  const defaultPort = PORTS[parts.protocol];
  if (defaultPort === undefined) throw new Error(`${parts.protocol} can't be asked by this backend`);
  const asked = host ?? parts.host;
  const { result, said } = await prober.probe(
    {
      from,
      to: { kind: 'host', host: parts.hostname },
      port: parts.port === '' ? defaultPort : Number(parts.port),
      protocol: 'tcp',
      timeoutMs,
    },
    {
      path: `${parts.pathname}${parts.search}`,
      host: asked,
      ...(headers === undefined ? {} : { headers }),
      ...(parts.protocol === 'https:' ? { tls: { name: nameOfHost(asked) } } : {}),
    },
  );
  return {
    probe: result,
    ...(said?.status === undefined ? {} : { status: said.status }),
    ...(said?.headers === undefined ? {} : { headers: said.headers }),
    ...(said?.body === undefined ? {} : { body: said.body }),
    ...(said?.certificate === undefined ? {} : { certificate: said.certificate }),
  };
}

async function lookUp(
  prober: KindProber,
  { from, name, type, timeoutMs }: LookUpRequest,
): Promise<LookUpResult> {
  const seconds = Math.max(MIN_DIG_SECONDS, Math.round(timeoutMs / 1_000));
  const words = ['dig', '+search', '+noall', '+comments', '+answer', `+time=${seconds}`, '+tries=2'];
  const ran = await prober.run(from, [...words, ...(type === 'PTR' ? ['-x', name] : [name, type])]);
  if (ran === undefined) return { kind: 'no-answer', records: [], because: 'There is no such place.' };
  return digAnswer(ran.stdout, type);
}

/** Reads what `dig` printed with its comments and its answer section. */
export function digAnswer(text: string, type: string): LookUpResult {
  const status = /status: ([A-Z]+)/u.exec(text)?.[1];
  if (status === undefined)
    return { kind: 'no-answer', records: [], because: 'The DNS server did not answer.' };
  if (status === 'NXDOMAIN')
    return { kind: 'nxdomain', records: [], because: 'The DNS server knows no such name.' };
  const answers = text
    .split('\n')
    .map((line) => /^(\S+)\s+\d+\s+IN\s+([A-Z]+)\s+(.*)$/u.exec(line))
    .filter((match) => match !== null);
  const records = answers.filter((match) => match[2] === type).map((match) => match[3] ?? '');
  const name = answers[0]?.[1];
  return {
    kind: records.length > 0 ? 'records' : 'nodata',
    ...(name === undefined ? {} : { name }),
    records,
    because: `The DNS server answered ${status}.`,
  };
}

async function execute(
  prober: KindProber,
  { from, command, timeoutMs }: CommandRequest,
): Promise<CommandResult> {
  const seconds = (timeoutMs / 1_000).toFixed(3);
  const ran = await prober.run(from, ['timeout', '--kill-after=1', seconds, 'bash', '-c', command]);
  if (ran === undefined) return { kind: 'no-such-place' };
  const output = `${ran.stdout}${ran.stderr}`.slice(0, MAX_OUTPUT_CHARS);
  return ran.exitCode === TIMED_OUT
    ? { kind: 'hung', output }
    : { kind: 'ended', exitCode: ran.exitCode, output };
}

async function readFile({ prober, files }: KindGradingParts, request: FileRequest): Promise<FileResult> {
  if (request.from.kind === 'toolbox') {
    const read = await files.read(request.path);
    return read.ok ? { kind: 'text', text: read.value.text } : { kind: 'absent' };
  }
  const ran = await prober.readFile(request.from, request.path);
  if (ran === undefined) return { kind: 'no-such-place' };
  return ran.exitCode === NO_SUCH_FILE ? { kind: 'absent' } : { kind: 'text', text: ran.stdout };
}
