import type { Check } from '@podwire/lab';
import { describeEndpoint } from '@podwire/lab';
import type { ProbeResultView } from '@podwire/protocol';
import type { GradingCluster } from './cluster.ts';
import { failed, passed } from './outcome.ts';
import type { CheckOutcome } from './outcome.ts';
import { PROBE_TIMEOUT_MS, resolvePlace, resolveTarget } from './places.ts';

/** Sizes that are tried, bytes of the IP packet: from what every link must carry (RFC 791) to more than any Ethernet does. */
const MIN_MTU_BYTES = 68;
const MAX_MTU_BYTES = 9_216;
/** An IPv4 header without options, and an ICMP echo's. */
const HEADER_BYTES = 28;
const ECHO_TIMEOUT_MS = 1_000;

/** Finds the largest packet that passes whole, by halving. */
export async function checkMtu(
  check: Extract<Check, { kind: 'mtu' }>,
  cluster: GradingCluster,
): Promise<CheckOutcome> {
  const { min, max } = check.mtu;
  const way = `${describeEndpoint(check.mtu.from)} to ${describeEndpoint(check.mtu.to)}`;
  const bounds = [
    ...(min === undefined ? [] : [`at least ${min}`]),
    ...(max === undefined ? [] : [`at most ${max}`]),
  ].join(' and ');
  const expected = `the largest packet that passes whole from ${way} has ${bounds} bytes`;
  const from = await resolvePlace(check.mtu.from, cluster);
  const to = await resolveTarget(check.mtu.to, cluster);
  if (from === undefined || to === undefined)
    return failed(
      expected,
      'no such way',
      `There is no ${describeEndpoint(from === undefined ? check.mtu.from : check.mtu.to)}.`,
      {},
    );
  const echo = (bytes: number): Promise<ProbeResultView> =>
    cluster.probe({
      from,
      to,
      port: 0,
      protocol: 'icmp',
      timeoutMs: ECHO_TIMEOUT_MS,
      payloadBytes: bytes - HEADER_BYTES,
      dontFragment: true,
    });
  const smallest = await echo(MIN_MTU_BYTES);
  if (smallest.verdict !== 'open') return failed(expected, 'no answer to a ping', smallest.because, {});
  let [passing, failing] = [MIN_MTU_BYTES, MAX_MTU_BYTES + 1];
  let stopped = '';
  while (failing - passing > 1) {
    const middle = Math.floor((passing + failing) / 2);
    const result = await echo(middle);
    if (result.verdict === 'open') passing = middle;
    else [failing, stopped] = [middle, result.because];
  }
  if (passing >= (min ?? 0) && passing <= (max ?? Infinity)) return passed({});
  return failed(expected, `${passing} bytes`, stopped || 'Larger ones pass as well.', {});
}

/** A connection that was opened before a change lives on, or does not. */
export async function checkEstablished(
  check: Extract<Check, { kind: 'established' }>,
  cluster: GradingCluster,
): Promise<CheckOutcome> {
  const { port, expect, change } = check.established;
  const way = `${describeEndpoint(check.established.from)} to ${describeEndpoint(check.established.to)}, TCP ${port}`;
  const expected = `a connection from ${way} that was opened before the change ${expect === 'alive' ? 'lives on' : 'ends'}`;
  const from = await resolvePlace(check.established.from, cluster);
  const to = await resolveTarget(check.established.to, cluster);
  if (from === undefined || to === undefined)
    return failed(
      expected,
      'no such way',
      `There is no ${describeEndpoint(from === undefined ? check.established.from : check.established.to)}.`,
      {},
    );
  const held = await cluster.hold({ from, to, port, timeoutMs: PROBE_TIMEOUT_MS, change });
  if (!held.opened) return failed(expected, 'no connection to begin with', held.because, {});
  if (held.alive === (expect === 'alive')) return passed({});
  return failed(expected, held.alive ? 'it lives on' : 'it is dead', held.because, {});
}
