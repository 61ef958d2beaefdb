import { OID } from '../asn1/oid.ts';
import { generateKey } from '../keys/key.ts';
import type { RandomBytes } from '../keys/rsa.ts';
import {
  authorityKeyId,
  basicConstraints,
  extendedKeyUsage,
  hostName,
  KEY_USAGE,
  keyIdOf,
  keyUsage,
  signCertificate,
  subjectAltName,
  subjectKeyId,
} from './issue.ts';
import type { Issuer } from './issue.ts';
import type { DistinguishedName } from './name.ts';

const DAY_MS = 86_400_000;
/** As kubeadm gives them: ten years for an authority, one for what it signs. */
const AUTHORITY_LIFE_MS = 3_650 * DAY_MS;
const LEAF_LIFE_MS = 365 * DAY_MS;
/** Clocks of clients may be a little behind. */
const BACKDATE_MS = 300_000;

export interface Making {
  readonly nowMs: number;
  readonly random: RandomBytes;
}

/** What a certificate is for (RFC 5280 section 4.2.1.12). */
export type CertificateUse =
  | { readonly kind: 'server'; readonly hosts: readonly string[] }
  /** Kubernetes reads the user's name from CN and the groups from O. */
  | { readonly kind: 'client'; readonly groups: readonly string[] };

/** A certificate authority of its own making, with a key on P-256. */
export function newAuthority(options: Making & { readonly commonName: string }): Issuer {
  const { commonName, nowMs, random } = options;
  const key = generateKey({ kind: 'ec', curve: 'P-256' }, random);
  const certificate = signCertificate(
    {
      subject: [{ type: 'CN', value: commonName }],
      notBeforeMs: nowMs - BACKDATE_MS,
      notAfterMs: nowMs + AUTHORITY_LIFE_MS,
      extensions: [
        keyUsage([KEY_USAGE.digitalSignature, KEY_USAGE.keyEncipherment, KEY_USAGE.keyCertSign]),
        basicConstraints(true),
        subjectKeyId(key.publicKey),
        subjectAltName([hostName(commonName)]),
      ],
    },
    key,
    { self: key },
    random,
  );
  return { certificate, key };
}

/** A certificate that an authority signs for a new key. */
export function issue(
  authority: Issuer,
  options: Making & { readonly commonName: string; readonly use: CertificateUse },
): Issuer {
  const { commonName, use, nowMs, random } = options;
  const key = generateKey({ kind: 'ec', curve: 'P-256' }, random);
  const groups: DistinguishedName =
    use.kind === 'client' ? use.groups.map((value) => ({ type: 'O', value })) : [];
  const certificate = signCertificate(
    {
      subject: [...groups, { type: 'CN', value: commonName }],
      notBeforeMs: nowMs - BACKDATE_MS,
      notAfterMs: nowMs + LEAF_LIFE_MS,
      extensions: [
        keyUsage([KEY_USAGE.digitalSignature, KEY_USAGE.keyEncipherment]),
        extendedKeyUsage([use.kind === 'server' ? OID.serverAuth : OID.clientAuth]),
        basicConstraints(false),
        authorityKeyId(authority.certificate.subjectKeyId ?? keyIdOf(authority.certificate.publicKey)),
        ...(use.kind === 'server' ? [subjectAltName(use.hosts.map(hostName))] : []),
      ],
    },
    key,
    authority,
    random,
  );
  return { certificate, key };
}
