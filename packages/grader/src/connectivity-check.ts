import { blockContains } from '@podwire/cel';
import type { Check, ConnectivityProbe, Expectation } from '@podwire/lab';
import { describeEndpoint } from '@podwire/lab';
import type { Evidence, PlaceView, ProbeRequestView, ProbeResultView } from '@podwire/protocol';
import { judgeBackends } from './backends.ts';
import type { GradingCluster } from './cluster.ts';
import { failed, passed } from './outcome.ts';
import type { CheckOutcome, Miss } from './outcome.ts';
import {
  addressesOfNode,
  addressesOfPlace,
  addressesOfPods,
  blocksOfPods,
  PROBE_TIMEOUT_MS,
  resolvePlace,
  resolveTarget,
} from './places.ts';

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
  if (!isMet(probe.expect, result))
    return { record, miss: { expected, saw: verdictInWords(result), because: result.because } };
  if (probe.expect !== 'open') return { record };
  const miss =
    (await sourceMiss(probe, from, result, cluster)) ??
    (await judgeBackends(probe, expected, request, result, cluster));
  return miss === undefined ? { record } : { record, miss };
}

/** Whose address the server saw. */
async function sourceMiss(
  { sourceSeen, ...probe }: ConnectivityProbe,
  from: PlaceView,
  { sourceSeen: seen }: ProbeResultView,
  cluster: GradingCluster,
): Promise<Miss | undefined> {
  if (sourceSeen === undefined) return undefined;
  const told = seen ?? 'no address';
  const miss = (who: string, because: string): Miss => ({
    expected: `${expectationInWords(probe)}, and the server sees ${who}`,
    saw: `the server saw ${told}`,
    because,
  });
  const rewritten = 'The source address was rewritten on the way.';
  const kept = 'The source address was not rewritten on the way.';
  switch (sourceSeen) {
    case 'pod': {
      const own = await addressesOfPlace(from, cluster);
      if (seen !== undefined && own.includes(seen)) return undefined;
      return miss(`the address ${own[0] ?? 'of the client'}`, rewritten);
    }
    case 'node': {
      return (await whoseAddress(seen, cluster)) === 'node' ? undefined : miss('the address of a node', kept);
    }
    case 'outside': {
      return (await whoseAddress(seen, cluster)) === 'outside'
        ? undefined
        : miss('an address from outside the cluster', rewritten);
    }
    default:
      return seen === sourceSeen ? undefined : miss(`the address ${sourceSeen}`, rewritten);
  }
}

async function whoseAddress(
  address: string | undefined,
  cluster: GradingCluster,
): Promise<'pod' | 'node' | 'outside' | undefined> {
  if (address === undefined) return undefined;
  if ((await addressesOfPods(cluster)).includes(address)) return 'pod';
  const isOfNode =
    (await addressesOfNode(undefined, cluster)).includes(address) ||
    (await blocksOfPods(cluster)).some((block) => blockContains(block, address));
  return isOfNode ? 'node' : 'outside';
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
