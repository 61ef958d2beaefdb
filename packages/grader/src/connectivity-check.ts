import type { Check, ConnectivityProbe, Endpoint, Expectation } from '@podwire/lab';
import { describeEndpoint } from '@podwire/lab';
import type { Evidence, PlaceView, ProbeRequestView, ProbeResultView } from '@podwire/protocol';
import type { FetchResult, GradingCluster } from './cluster.ts';
import { valueAt } from './match.ts';
import { nameOf, readObjects } from './objects.ts';
import { failed, passed } from './outcome.ts';
import type { CheckOutcome } from './outcome.ts';

/** How long a client waits before a silent drop counts as a timeout: three SYNs fit in (at 0, 1 and 3 s). */
export const PROBE_TIMEOUT_MS = 4_000;

export async function checkConnectivity(
  check: Extract<Check, { kind: 'connectivity' }>,
  cluster: GradingCluster,
): Promise<CheckOutcome> {
  const tried = await Promise.all(check.probes.map((probe) => tryProbe(probe, cluster)));
  const evidence: Evidence = {
    probes: tried.map(({ record }) => record).filter((record) => record !== undefined),
  };
  const misses = tried.map(({ miss }) => miss).filter((miss) => miss !== undefined);
  const [first] = misses;
  if (first === undefined) return passed(evidence);
  const others =
    misses.length > 1
      ? ` ${misses.length - 1} more of ${tried.length} probes did not end as they should.`
      : '';
  return failed(first.expected, first.saw, `${first.because}${others}`, evidence);
}

interface Miss {
  readonly expected: string;
  readonly saw: string;
  readonly because: string;
}

interface Tried {
  readonly record?: NonNullable<Evidence['probes']>[number];
  readonly miss?: Miss;
}

async function tryProbe(probe: ConnectivityProbe, cluster: GradingCluster): Promise<Tried> {
  const expected = expectationInWords(probe);
  const from = await resolvePlace(probe.from, cluster);
  const to = await resolveTarget(probe.to, cluster);
  if (from === undefined)
    return {
      miss: {
        expected,
        saw: 'no source',
        because: `There is no ${describeEndpoint(probe.from)} to connect from.`,
      },
    };
  if (to === undefined)
    return {
      miss: {
        expected,
        saw: 'no destination',
        because: `There is no ${describeEndpoint(probe.to)} to connect to.`,
      },
    };
  const request: ProbeRequestView = {
    from,
    to,
    port: probe.port,
    protocol: probe.protocol,
    timeoutMs: PROBE_TIMEOUT_MS,
  };
  const result = await cluster.probe(request);
  const record = {
    label: `${describeEndpoint(probe.from)} → ${describeEndpoint(probe.to)}${portInWords(probe)}`,
    request,
    expected: probe.expect,
    result,
  };
  const saw = verdictInWords(result);
  if (!isMet(probe.expect, result)) return { record, miss: { expected, saw, because: result.because } };
  if (probe.sourceSeen === undefined || probe.expect !== 'open') return { record };
  const source = probe.sourceSeen === 'pod' ? await podIp(probe.from, cluster) : probe.sourceSeen;
  if (source === result.sourceSeen) return { record };
  return {
    record,
    miss: {
      expected: `${expected}, and the server sees the address ${source ?? 'of the client'}`,
      saw: `the server saw ${result.sourceSeen ?? 'another address'}`,
      because: 'The source address was rewritten on the way.',
    },
  };
}

function isMet(expect: Expectation, result: ProbeResultView): boolean {
  if (expect === 'blocked')
    return result.verdict === 'timed-out' || result.verdict === 'refused' || result.verdict === 'unreachable';
  return result.verdict === expect;
}

function expectationInWords(probe: ConnectivityProbe): string {
  const way = `${describeEndpoint(probe.from)} to ${describeEndpoint(probe.to)}${portInWords(probe)}`;
  switch (probe.expect) {
    case 'open':
      return `${way} connects`;
    case 'refused':
      return `${way} is refused`;
    case 'timed-out':
      return `${way} times out`;
    case 'blocked':
      return `${way} gets no connection`;
  }
}

function portInWords(probe: ConnectivityProbe): string {
  return probe.protocol === 'icmp' ? ' (ping)' : `, ${probe.protocol.toUpperCase()} ${probe.port}`;
}

export function verdictInWords(result: ProbeResultView): string {
  switch (result.verdict) {
    case 'open':
      return result.reached === undefined
        ? 'it connected'
        : `it connected, to ${result.reached.owner ?? result.reached.address}`;
    case 'refused':
      return 'the connection was refused';
    case 'timed-out':
      return 'the connection timed out';
    case 'unreachable':
      return 'the destination could not be reached';
    case 'name-not-found':
      return 'the name could not be looked up';
    case 'no-such-source':
      return 'the source is not there, or not running';
    case 'no-such-destination':
      return 'the destination is not there, or not running';
  }
}

export async function resolvePlace(
  endpoint: Endpoint,
  cluster: GradingCluster,
): Promise<PlaceView | undefined> {
  switch (endpoint.kind) {
    case 'pods': {
      const name = await firstReadyPod(endpoint, cluster);
      return name === undefined ? undefined : { kind: 'pod', namespace: endpoint.namespace, name };
    }
    case 'service':
    case 'host':
      return undefined;
    default:
      return endpoint;
  }
}

async function resolveTarget(
  endpoint: Endpoint,
  cluster: GradingCluster,
): Promise<ProbeRequestView['to'] | undefined> {
  switch (endpoint.kind) {
    case 'pod':
    case 'service':
    case 'host':
      return endpoint;
    case 'pods': {
      const name = await firstReadyPod(endpoint, cluster);
      return name === undefined ? undefined : { kind: 'pod', namespace: endpoint.namespace, name };
    }
    case 'outside':
      return { kind: 'host', host: endpoint.address };
    case 'node': {
      const address = await nodeAddress(endpoint.name, cluster);
      return address === undefined ? undefined : { kind: 'host', host: address };
    }
    case 'toolbox':
      return undefined;
  }
}

async function firstReadyPod(
  endpoint: Extract<Endpoint, { kind: 'pods' }>,
  cluster: GradingCluster,
): Promise<string | undefined> {
  const found = await readObjects(cluster, {
    apiVersion: 'v1',
    kind: 'Pod',
    namespace: endpoint.namespace,
    labelSelector: endpoint.labelSelector,
  });
  if (found.kind !== 'found') return undefined;
  const ready = found.objects.find((pod) => {
    const conditions = valueAt(pod, 'status.conditions');
    return (
      Array.isArray(conditions) &&
      conditions.some(
        (condition: unknown) =>
          valueAt(condition, 'type') === 'Ready' && valueAt(condition, 'status') === 'True',
      )
    );
  });
  return ready === undefined ? undefined : nameOf(ready);
}

async function podIp(endpoint: Endpoint, cluster: GradingCluster): Promise<string | undefined> {
  const place = await resolvePlace(endpoint, cluster);
  if (place?.kind !== 'pod') return undefined;
  const found = await readObjects(cluster, {
    apiVersion: 'v1',
    kind: 'Pod',
    namespace: place.namespace,
    name: place.name,
  });
  const ip = found.kind === 'found' ? valueAt(found.objects[0], 'status.podIP') : undefined;
  return typeof ip === 'string' ? ip : undefined;
}

async function nodeAddress(name: string, cluster: GradingCluster): Promise<string | undefined> {
  const found = await readObjects(cluster, { apiVersion: 'v1', kind: 'Node', name });
  const addresses = found.kind === 'found' ? valueAt(found.objects[0], 'status.addresses') : undefined;
  if (!Array.isArray(addresses)) return undefined;
  const internal: unknown = addresses.find((address: unknown) => valueAt(address, 'type') === 'InternalIP');
  const value = valueAt(internal, 'address');
  return typeof value === 'string' ? value : undefined;
}

/** How much of an unexpected body an explanation quotes. */
const MAX_QUOTED_CHARS = 120;

export async function checkHttp(
  check: Extract<Check, { kind: 'http' }>,
  cluster: GradingCluster,
): Promise<CheckOutcome> {
  const { from, url, status = 200, bodyContains } = check.request;
  const expected = `GET ${url} from ${describeEndpoint(from)} answers ${status}${bodyContains === undefined ? '' : ` with "${bodyContains}"`}`;
  const place = await resolvePlace(from, cluster);
  if (place === undefined)
    return failed(expected, 'no source', `There is no ${describeEndpoint(from)} to ask from.`, {});
  const result = await cluster.fetch({ from: place, url, timeoutMs: PROBE_TIMEOUT_MS });
  const evidence = httpEvidence(place, url, status, result);
  if (result.status === undefined)
    return failed(expected, verdictInWords(result.probe), result.probe.because, evidence);
  if (result.status !== status)
    return failed(
      expected,
      `status ${result.status}`,
      `The server that answered said ${result.status}.`,
      evidence,
    );
  if (bodyContains !== undefined && !(result.body ?? '').includes(bodyContains)) {
    return failed(
      expected,
      `status ${result.status} with "${(result.body ?? '').slice(0, MAX_QUOTED_CHARS)}"`,
      'Another server than expected answered, or it answered something else.',
      evidence,
    );
  }
  return passed(evidence);
}

function httpEvidence(from: PlaceView, url: string, status: number, result: FetchResult): Evidence {
  const host = /^http:\/\/([^/:]+)/.exec(url)?.[1] ?? url;
  const port = Number(/^http:\/\/[^/:]+:(\d+)/.exec(url)?.[1] ?? 80);
  return {
    probes: [
      {
        label: `GET ${url}`,
        request: { from, to: { kind: 'host', host }, port, protocol: 'tcp', timeoutMs: PROBE_TIMEOUT_MS },
        expected: String(status),
        result: result.probe,
      },
    ],
  };
}
