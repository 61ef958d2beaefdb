import type { Check, DnsExpectation } from '@podwire/lab';
import { describeEndpoint } from '@podwire/lab';
import type { GradingCluster, LookUpResult } from './cluster.ts';
import { valueAt } from './match.ts';
import { readObjects } from './objects.ts';
import { failed, passed } from './outcome.ts';
import type { CheckOutcome } from './outcome.ts';
import { podIps, readyPods, resolvePlace } from './places.ts';

/** Two servers, two attempts of five seconds each, as resolv.conf has it by default. */
const LOOKUP_TIMEOUT_MS = 20_000;

/** Looks a name up and compares the whole answer. */
export async function checkDns(
  check: Extract<Check, { kind: 'dns' }>,
  cluster: GradingCluster,
): Promise<CheckOutcome> {
  const { name, type, expect } = check.dns;
  const asked = `${type} ${name} from ${describeEndpoint(check.dns.from)}`;
  const from = await resolvePlace(check.dns.from, cluster);
  if (from === undefined)
    return failed(asked, 'no source', `There is no ${describeEndpoint(check.dns.from)} to ask from.`, {});
  const wanted = await wantedRecords(expect, type, cluster);
  if (typeof wanted === 'string') return failed(asked, 'nothing to compare with', wanted, {});
  const result = await cluster.lookUp({ from, name, type, timeoutMs: LOOKUP_TIMEOUT_MS });
  const saw = answerInWords(result);
  if (wanted === undefined) {
    if (result.kind === expect.kind) return passed({});
    return failed(`${asked}: ${kindInWords(expect.kind)}`, saw, result.because, {});
  }
  const expected = `${asked}: ${wanted.join(', ')}`;
  if (result.kind !== 'records') return failed(expected, saw, result.because, {});
  const normal = (records: readonly string[]): readonly string[] =>
    [...new Set(records.map(canonical))].sort();
  const [given, needed] = [normal(result.records), normal(wanted)];
  const missing = needed.find((record) => !given.includes(record));
  if (missing !== undefined) return failed(expected, saw, `${missing} is not in the answer.`, {});
  const atLeast = expect.kind === 'records' && expect.atLeast;
  const surplus = atLeast ? undefined : given.find((record) => !needed.includes(record));
  if (surplus !== undefined) return failed(expected, saw, `${surplus} should not be in the answer.`, {});
  return passed({});
}

/** Names compare without their final dot, and in any case (RFC 4343). */
function canonical(record: string): string {
  return record.toLowerCase().replace(/\.$/u, '');
}

/** undefined: no records are wanted. A text: why they can't be had. */
async function wantedRecords(
  expect: DnsExpectation['expect'],
  type: DnsExpectation['type'],
  cluster: GradingCluster,
): Promise<readonly string[] | string | undefined> {
  switch (expect.kind) {
    case 'records':
      return expect.records;
    case 'pods': {
      const pods = await readyPods(expect.pods, cluster);
      if (pods.length === 0) return `There is no ${describeEndpoint(expect.pods)} that is ready.`;
      return pods.flatMap((pod) => podIps(pod)).filter((ip) => ip.includes(':') === (type === 'AAAA'));
    }
    case 'service': {
      const { namespace, name } = expect.service;
      const found = await readObjects(cluster, { apiVersion: 'v1', kind: 'Service', namespace, name });
      const service = found.kind === 'found' ? found.objects[0] : undefined;
      const address = valueAt(service, 'spec.clusterIP');
      if (typeof address === 'string' && address !== '' && address !== 'None') return [address];
      return `${describeEndpoint(expect.service)} has no cluster IP.`;
    }
    default:
      return undefined;
  }
}

function kindInWords(kind: DnsExpectation['expect']['kind']): string {
  switch (kind) {
    case 'nxdomain':
      return 'no such name (NXDOMAIN)';
    case 'nodata':
      return 'the name is there, without such records (NODATA)';
    case 'no-answer':
      return 'no server answers';
    default:
      return 'records';
  }
}

function answerInWords(result: LookUpResult): string {
  if (result.kind !== 'records') return kindInWords(result.kind);
  return `${result.name === undefined ? '' : `${result.name}: `}${result.records.join(', ')}`;
}
