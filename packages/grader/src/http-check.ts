import type { Check, HttpProbe, TextExpectation } from '@podwire/lab';
import { describeEndpoint } from '@podwire/lab';
import type { Evidence, PlaceView } from '@podwire/protocol';
import { percent } from './backends.ts';
import { certificateMiss } from './certificate.ts';
import type { FetchRequest, FetchResult, GradingCluster } from './cluster.ts';
import { verdictInWords } from './connectivity-check.ts';
import type { Miss } from './outcome.ts';
import { lineWith, textInWords, wants } from './match-text.ts';
import { failed, passed } from './outcome.ts';
import type { CheckOutcome } from './outcome.ts';
import { PROBE_TIMEOUT_MS, resolvePlace } from './places.ts';

/** How much of an unexpected body an explanation quotes. */
const MAX_QUOTED_CHARS = 120;

export async function checkHttp(
  check: Extract<Check, { kind: 'http' }>,
  cluster: GradingCluster,
): Promise<CheckOutcome> {
  const { from, url, host, send } = check.request;
  const status = check.request.status ?? (check.request.redirectsTo === undefined ? 200 : undefined);
  const place = await resolvePlace(from, cluster);
  const asked = `GET ${url} from ${describeEndpoint(from)}`;
  if (place === undefined)
    return failed(asked, 'no source', `There is no ${describeEndpoint(from)} to ask from.`, {});
  const request: FetchRequest = {
    from: place,
    url,
    timeoutMs: PROBE_TIMEOUT_MS,
    ...(host === undefined ? {} : { host }),
    ...(send === undefined ? {} : { headers: send }),
  };
  const result = await cluster.fetch(request);
  const evidence = httpEvidence(place, url, status, result);
  const miss =
    answerMiss(asked, check.request, status, result) ??
    (check.request.weights === undefined
      ? undefined
      : await shareMiss(asked, check.request.weights, request, result, cluster));
  return miss === undefined ? passed(evidence) : failed(miss.expected, miss.saw, miss.because, evidence);
}

function answerMiss(
  asked: string,
  wanted: HttpProbe,
  status: number | undefined,
  result: FetchResult,
): Miss | undefined {
  const body = result.body ?? '';
  const text: TextExpectation = {
    ...(wanted.bodyContains === undefined ? {} : { contains: wanted.bodyContains }),
    ...(wanted.bodyMatches === undefined ? {} : { matches: wanted.bodyMatches }),
  };
  const expected = `${asked} answers ${status ?? 'with a redirect'}${wants(text) ? ` with ${textInWords(text)}` : ''}`;
  if (wanted.certificate !== undefined) {
    const miss = certificateMiss(asked, wanted.certificate, result);
    if (miss !== undefined) return miss;
  }
  if (result.status === undefined)
    return { expected, saw: verdictInWords(result.probe), because: result.probe.because };
  const saw = `status ${result.status}`;
  if (status !== undefined && result.status !== status)
    return { expected, saw, because: `The server that answered said ${result.status}.` };
  if (wanted.redirectsTo !== undefined) {
    const location = result.headers?.['location'];
    const isRedirect = result.status >= 300 && result.status < 400;
    if (!isRedirect || location !== wanted.redirectsTo)
      return {
        expected: `${asked} leads to ${wanted.redirectsTo}`,
        saw: location === undefined ? saw : `${saw}, to ${location}`,
        because: isRedirect ? 'It leads elsewhere.' : 'The answer is no redirect.',
      };
  }
  if (wants(text) && lineWith(text, body) === undefined)
    return {
      expected,
      saw: `${saw} with "${body.slice(0, MAX_QUOTED_CHARS)}"`,
      because: 'Another server than expected answered, or it answered something else.',
    };
  for (const [name, value] of Object.entries(wanted.headers ?? {})) {
    const given = result.headers?.[name.toLowerCase()];
    if (given !== undefined && lineWith(value, given) !== undefined) continue;
    return {
      expected: `${asked} answers with the header ${name}${wants(value) ? `: ${textInWords(value)}` : ''}`,
      saw: given === undefined ? `no header ${name}` : `${name}: ${given.slice(0, MAX_QUOTED_CHARS)}`,
      because: given === undefined ? 'The server did not send it.' : 'The server sent another value.',
    };
  }
  return undefined;
}

/** How many of many requests got each answer. The first has been made. */
async function shareMiss(
  asked: string,
  weights: NonNullable<HttpProbe['weights']>,
  request: FetchRequest,
  first: FetchResult,
  cluster: GradingCluster,
): Promise<Miss | undefined> {
  const results = [first];
  while (results.length < weights.requests) results.push(await cluster.fetch(request));
  for (const { share, ...text } of weights.shares) {
    const count = results.filter(
      ({ body }) => body !== undefined && lineWith(text, body) !== undefined,
    ).length;
    const seen = count / results.length;
    if (Math.abs(seen - share) <= weights.tolerance) continue;
    return {
      expected: `${percent(share)} of ${results.length} answers to ${asked} have ${textInWords(text)}, within ${percent(weights.tolerance)}`,
      saw: `${percent(seen)} of them`,
      because: 'The requests are shared out otherwise.',
    };
  }
  return undefined;
}

function httpEvidence(
  from: PlaceView,
  url: string,
  status: number | undefined,
  result: FetchResult,
): Evidence {
  const [, scheme = 'http', host = url, given] =
    /^(https?):\/\/(\[[^\]]+\]|[^/:]+)(?::(\d+))?/u.exec(url) ?? [];
  const port = Number(given ?? (scheme === 'https' ? 443 : 80));
  return {
    probes: [
      {
        label: `GET ${url}`,
        request: { from, to: { kind: 'host', host }, port, protocol: 'tcp', timeoutMs: PROBE_TIMEOUT_MS },
        expected: String(status ?? 'a redirect'),
        result: result.probe,
      },
    ],
  };
}
