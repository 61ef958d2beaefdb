import type { Certificate, DistinguishedName, VerifyFailure } from '@podwire/tls';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** As OpenSSL prints a time: `Jan  1 00:00:00 2026 GMT`. */
export function timeText(atMs: number): string {
  const at = new Date(atMs);
  const clock = at.toISOString().slice(11, 19);
  return `${MONTHS[at.getUTCMonth()] ?? ''} ${String(at.getUTCDate()).padStart(2)} ${clock} ${at.getUTCFullYear()} GMT`;
}

/** As curl prints a name: `O=Acme Co; CN=web`. */
export function nameForCurl(name: DistinguishedName): string {
  return name.map(({ type, value }) => `${type}=${value}`).join('; ');
}

/** As openssl 3.0 prints a name: `O = Acme Co, CN = web`. */
export function nameForOpenssl(name: DistinguishedName): string {
  return name.map(({ type, value }) => `${type} = ${quoted(value)}`).join(', ');
}

function quoted(value: string): string {
  return /[,+"\\<>;]|^[# ]| $/.test(value)
    ? `"${value.replace(/["\\]/g, (letter) => `\\${letter}`)}"`
    : value;
}

const REASONS: Readonly<Record<VerifyFailure['reason'], string>> = {
  'not-yet-valid': 'certificate is not yet valid',
  expired: 'certificate has expired',
  'self-signed': 'self-signed certificate',
  'self-signed-in-chain': 'self-signed certificate in certificate chain',
  'unknown-issuer': 'unable to get local issuer certificate',
  'bad-signature': 'certificate signature failure',
  'invalid-authority': 'invalid CA certificate',
  'path-too-long': 'path length constraint exceeded',
  'wrong-purpose': 'unsuitable certificate purpose',
  'unhandled-critical': 'unhandled critical extension',
};

/** OpenSSL's words for why a chain is not trusted. */
export function verifyText({ reason }: Pick<VerifyFailure, 'reason'>): string {
  return REASONS[reason];
}

/** Octets as openssl lists them: `0A:1B`. */
export function hexPairs(bytes: Uint8Array): string {
  return Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0').toUpperCase()).join(':');
}

export function issuerAndSubject(certificate: Certificate): {
  readonly subject: string;
  readonly issuer: string;
} {
  return { subject: nameForOpenssl(certificate.subject), issuer: nameForOpenssl(certificate.issuer) };
}
