import type { HttpProbe } from '@podwire/lab';
import type { FetchResult } from './cluster.ts';
import type { Miss } from './outcome.ts';

/** What of a server's certificate is not as it should be. */
export function certificateMiss(
  asked: string,
  wanted: NonNullable<HttpProbe['certificate']>,
  { certificate, probe }: FetchResult,
): Miss | undefined {
  if (certificate === undefined)
    return { expected: `${asked} shows a certificate`, saw: 'no certificate', because: probe.because };
  for (const field of ['subject', 'issuer'] as const) {
    const text = wanted[field];
    if (text !== undefined && !certificate[field].includes(text))
      return {
        expected: `${asked} shows a certificate whose ${field} has "${text}"`,
        saw: `${field} ${certificate[field]}`,
        because: 'The server showed another certificate.',
      };
  }
  const missing = wanted.names?.find((name) => !certificate.names.includes(name));
  if (missing !== undefined)
    return {
      expected: `${asked} shows a certificate for ${missing}`,
      saw: `names ${certificate.names.join(', ') || 'none'}`,
      because: 'The certificate is for other names.',
    };
  if (wanted.trusted !== undefined && wanted.trusted !== certificate.trusted)
    return {
      expected: `${asked} shows a certificate that ${wanted.trusted ? 'is' : 'is not'} trusted there`,
      saw: certificate.trusted ? 'it is trusted' : 'it is not trusted',
      because: `Its issuer is ${certificate.issuer}, and its names are ${certificate.names.join(', ') || 'none'}.`,
    };
  return undefined;
}
