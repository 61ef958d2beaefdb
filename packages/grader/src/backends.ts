import type { ConnectivityProbe } from '@podwire/lab';
import { describeEndpoint } from '@podwire/lab';
import type { ProbeRequestView, ProbeResultView } from '@podwire/protocol';
import type { GradingCluster } from './cluster.ts';
import type { Miss } from './outcome.ts';
import { nameOf } from './objects.ts';
import { podIps, readyPods } from './places.ts';

/** Makes as many connections as asked and looks at who answered them. The first has been made. */
export async function judgeBackends(
  { backends }: ConnectivityProbe,
  way: string,
  request: ProbeRequestView,
  first: ProbeResultView,
  cluster: GradingCluster,
): Promise<Miss | undefined> {
  if (backends === undefined) return undefined;
  const results = [first];
  // One after the other: who answers may depend on who answered before.
  while (results.length < backends.connections) results.push(await cluster.probe(request));
  const unanswered = results.find(({ verdict }) => verdict !== 'open');
  if (unanswered !== undefined)
    return {
      expected: `${way}, ${backends.connections} times`,
      saw: `${results.filter(({ verdict }) => verdict === 'open').length} of them did`,
      because: unanswered.because,
    };
  const counts = new Map<string, number>();
  // On a real cluster an arrival may go unseen. That is no answer of a stranger's, and no fault of the learner's.
  const seen = results.flatMap(({ reached }) => (reached === undefined ? [] : [reached.address]));
  if (seen.length * 2 < results.length)
    throw new Error(`who answered was seen for ${seen.length} of ${results.length} connections only`);
  for (const address of seen) counts.set(address, (counts.get(address) ?? 0) + 1);
  const saw = [...counts].map(([address, count]) => `${address} answered ${count} times`).join(', ');
  const miss = (expected: string, because: string): Miss => ({
    expected: `${way}: ${expected}`,
    saw,
    because,
  });
  const { min = 0, max = Infinity } = backends.count ?? {};
  if (counts.size < min || counts.size > max)
    return miss(
      counts.size < min ? `at least ${min} backends answer` : `at most ${max} backends answer`,
      `${counts.size} did.`,
    );
  const expected = new Set<string>();
  if (backends.pods !== undefined) {
    const pods = await readyPods(backends.pods, cluster);
    const who = `each ready pod with ${backends.pods.labelSelector} answers, and nobody else`;
    if (pods.length === 0) return miss(who, `There is no ${describeEndpoint(backends.pods)} that is ready.`);
    for (const pod of pods) {
      const ips = podIps(pod);
      const answered = ips.find((ip) => counts.has(ip));
      if (answered === undefined) return miss(who, `Pod ${nameOf(pod)} never answered.`);
      expected.add(answered);
    }
    const stranger = [...counts.keys()].find((address) => !expected.has(address));
    if (stranger !== undefined) return miss(who, `${stranger} is none of them.`);
  }
  const share = backends.minShare ?? 0;
  for (const [address, count] of counts) {
    if (count / seen.length < share)
      return miss(
        `each backend gets at least ${percent(share)} of the connections`,
        `${address} got ${percent(count / seen.length)}.`,
      );
  }
  return undefined;
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
