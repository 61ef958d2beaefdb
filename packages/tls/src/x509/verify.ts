import { verifyWith } from '../keys/key.ts';
import { OID } from '../asn1/oid.ts';
import { addressOctets } from './address.ts';
import type { Certificate } from './certificate.ts';
import { KEY_USAGE } from './issue.ts';

/** Why a chain is not trusted; the number is OpenSSL's (X509_V_ERR_…). */
export type VerifyFailure =
  | { readonly reason: 'not-yet-valid'; readonly code: 9; readonly depth: number }
  | { readonly reason: 'expired'; readonly code: 10; readonly depth: number }
  | { readonly reason: 'self-signed'; readonly code: 18; readonly depth: number }
  | { readonly reason: 'self-signed-in-chain'; readonly code: 19; readonly depth: number }
  | { readonly reason: 'unknown-issuer'; readonly code: 20; readonly depth: number }
  | { readonly reason: 'bad-signature'; readonly code: 7; readonly depth: number }
  | { readonly reason: 'invalid-authority'; readonly code: 79; readonly depth: number }
  | { readonly reason: 'path-too-long'; readonly code: 25; readonly depth: number }
  | { readonly reason: 'wrong-purpose'; readonly code: 26; readonly depth: number }
  | { readonly reason: 'unhandled-critical'; readonly code: 34; readonly depth: number };

export type Verification =
  { readonly ok: true; readonly chain: readonly Certificate[] } | ({ readonly ok: false } & VerifyFailure);

export interface VerifyOptions {
  /** Authorities that are trusted. */
  readonly roots: readonly Certificate[];
  readonly nowMs: number;
}

/** Certificates of one chain, as Go and OpenSSL bound it. */
const MAX_DEPTH = 10;

const KNOWN_EXTENSIONS: ReadonlySet<string> = new Set([
  OID.basicConstraints,
  OID.keyUsage,
  OID.extendedKeyUsage,
  OID.subjectAltName,
  OID.subjectKeyId,
  OID.authorityKeyId,
]);

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((octet, index) => octet === right[index]);
}

export function isSelfIssued(certificate: Certificate): boolean {
  const { authorityKeyId, subjectKeyId, issuerBytes, subjectBytes } = certificate;
  if (!sameBytes(issuerBytes, subjectBytes)) return false;
  return (
    authorityKeyId === undefined || subjectKeyId === undefined || sameBytes(authorityKeyId, subjectKeyId)
  );
}

function mayHaveIssued(issuer: Certificate, certificate: Certificate): boolean {
  if (!sameBytes(issuer.subjectBytes, certificate.issuerBytes)) return false;
  const { authorityKeyId } = certificate;
  return (
    authorityKeyId === undefined ||
    issuer.subjectKeyId === undefined ||
    sameBytes(issuer.subjectKeyId, authorityKeyId)
  );
}

/** Judges the chain that a server showed, its own certificate first, as OpenSSL does (RFC 5280 section 6). */
export function verifyChain(shown: readonly Certificate[], options: VerifyOptions): Verification {
  const [leaf, ...others] = shown;
  if (leaf === undefined) return { ok: false, reason: 'unknown-issuer', code: 20, depth: 0 };
  const chain: Certificate[] = [leaf];
  let anchored = options.roots.some((root) => sameBytes(root.der, leaf.der));
  for (let current = leaf; !anchored && chain.length < MAX_DEPTH;) {
    if (isSelfIssued(current)) {
      const depth = chain.length - 1;
      return depth === 0
        ? { ok: false, reason: 'self-signed', code: 18, depth }
        : { ok: false, reason: 'self-signed-in-chain', code: 19, depth };
    }
    const trusted = options.roots.find((root) => mayHaveIssued(root, current));
    const next =
      trusted ??
      others.find((each) => mayHaveIssued(each, current) && !chain.some(({ der }) => der === each.der));
    if (next === undefined) return { ok: false, reason: 'unknown-issuer', code: 20, depth: chain.length - 1 };
    chain.push(next);
    anchored = trusted !== undefined;
    current = next;
  }
  if (!anchored) return { ok: false, reason: 'unknown-issuer', code: 20, depth: chain.length - 1 };
  const problem = problemOf(chain, options.nowMs);
  return problem === undefined ? { ok: true, chain } : { ok: false, ...problem };
}

function problemOf(chain: readonly Certificate[], nowMs: number): VerifyFailure | undefined {
  for (let depth = 1; depth < chain.length; depth++) {
    const authority = chain[depth];
    if (authority === undefined) break;
    const mayNotSign = authority.keyUsage !== undefined && !authority.keyUsage.has(KEY_USAGE.keyCertSign);
    if (!authority.isAuthority || mayNotSign) return { reason: 'invalid-authority', code: 79, depth };
    if (authority.pathLength !== undefined && depth - 1 > authority.pathLength)
      return { reason: 'path-too-long', code: 25, depth };
  }
  const [leaf] = chain;
  const uses = leaf?.extendedKeyUsage;
  if (uses !== undefined && !uses.includes(OID.serverAuth))
    return { reason: 'wrong-purpose', code: 26, depth: 0 };
  for (let depth = chain.length - 1; depth >= 0; depth--) {
    const certificate = chain[depth];
    const issuer = chain[depth + 1];
    if (certificate === undefined) continue;
    if (certificate.extensions.some(({ critical, oid }) => critical && !KNOWN_EXTENSIONS.has(oid)))
      return { reason: 'unhandled-critical', code: 34, depth };
    if (issuer !== undefined && !isSignedBy(certificate, issuer))
      return { reason: 'bad-signature', code: 7, depth };
    if (nowMs < certificate.notBeforeMs) return { reason: 'not-yet-valid', code: 9, depth };
    if (nowMs > certificate.notAfterMs) return { reason: 'expired', code: 10, depth };
  }
  return undefined;
}

export function isSignedBy(certificate: Certificate, issuer: Certificate): boolean {
  return verifyWith(
    issuer.publicKey,
    certificate.signatureAlgorithm,
    certificate.toBeSigned,
    certificate.signature,
  );
}

export type HostMatch =
  | { readonly kind: 'san'; readonly pattern: string }
  /** The common name, where the certificate has no names of the kind that was asked for. */
  | { readonly kind: 'common-name'; readonly pattern: string }
  | { readonly kind: 'none'; readonly hasNames: boolean };

/** Which name of a certificate a host matches (RFC 6125): by subjectAltName, else, for clients that still look, by CN. */
export function matchHost(certificate: Certificate, host: string): HostMatch {
  const names = certificate.subjectAltNames;
  const octets = addressOctets(host);
  if (octets !== undefined) {
    const found = names.some((name) => name.kind === 'ip' && sameBytes(name.octets, octets));
    if (found) return { kind: 'san', pattern: host };
    return { kind: 'none', hasNames: names.length > 0 };
  }
  const dns = names.flatMap((name) => (name.kind === 'dns' ? [name.name] : []));
  const pattern = dns.find((name) => matchesName(name, host));
  if (pattern !== undefined) return { kind: 'san', pattern };
  const commonName = certificate.subject.findLast(({ type }) => type === 'CN')?.value;
  if (names.length === 0 && commonName !== undefined && matchesName(commonName, host))
    return { kind: 'common-name', pattern: commonName };
  return { kind: 'none', hasNames: names.length > 0 };
}

/** A wildcard is the whole of the first label, and stands for one label (RFC 6125 section 6.4.3). */
export function matchesName(pattern: string, host: string): boolean {
  const wanted = host.toLowerCase().replace(/\.$/, '');
  const given = pattern.toLowerCase().replace(/\.$/, '');
  if (wanted === '' || given === wanted) return given === wanted && wanted !== '';
  if (!given.startsWith('*.') || given.indexOf('.', 2) < 0) return false;
  const dot = wanted.indexOf('.');
  return dot > 0 && wanted.slice(dot) === given.slice(1);
}
