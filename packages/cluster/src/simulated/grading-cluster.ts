import type {
  Answer,
  CommandRequest,
  FetchRequest,
  FetchResult,
  FileRequest,
  FileResult,
  GradingCluster,
  HoldRequest,
  HoldResult,
  LookUpRequest,
  LookUpResult,
} from '@podwire/grader';
import type { Place, ProbeRequest, ProbeResult, SimulatedCluster } from '@podwire/kubesim';
import type { PlaceView, ProbeRequestView, ProbeResultView } from '@podwire/protocol';
import { utf8Decode } from '@podwire/sim';
import { nameOfHost } from '../grading/name-of-host.ts';
import { validateObject } from '../grading/validate-object.ts';
import { jsonContent, requestJson } from './api-request.ts';
import type { GradingDriver } from './grading-driver.ts';
import { readManifests } from './grading-files.ts';
import { holdConnection } from './held-connection.ts';

const MAX_READ_CHARS = 262_144;
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
    validate: (object) =>
      validateObject(object, (method, path, body) =>
        driver.atInstant(() =>
          requestJson(cluster.api, method, path, body === undefined ? undefined : jsonContent(body)),
        ),
      ),
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
      ...(parts.protocol === 'https:' ? { tls: { host: nameOfHost(asked) } } : {}),
    },
  });
  const { certificate } = result;
  return { probe: probeView(result), ...result.http, ...(certificate === undefined ? {} : { certificate }) };
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
