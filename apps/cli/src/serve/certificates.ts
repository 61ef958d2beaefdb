import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import * as der from './der.ts';

/** A certificate and its key, both PEM. */
export interface Credentials {
  readonly certificate: string;
  readonly key: string;
}

/** What a certificate is for (RFC 5280 section 4.2.1.12). */
export type CertificateUse =
  | { readonly kind: 'server'; readonly hosts: readonly string[] }
  /** Kubernetes reads the user's name from CN and the groups from O. */
  | { readonly kind: 'client'; readonly groups: readonly string[] };

const DAY_MS = 86_400_000;
/** As kubeadm gives them: ten years for an authority, one for what it signs. */
const AUTHORITY_LIFE_MS = 3_650 * DAY_MS;
const LEAF_LIFE_MS = 365 * DAY_MS;
/** Clocks of clients may be a little behind. */
const BACKDATE_MS = 300_000;
const SERIAL_BYTES = 16;

const OID = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const;

/** KeyUsage bits 5 and 6 (keyCertSign, cRLSign) with digitalSignature; and digitalSignature alone. */
const KEY_USAGE_AUTHORITY = der.bitString(Buffer.from([0b1000_0110]), 1);
const KEY_USAGE_LEAF = der.bitString(Buffer.from([0b1000_0000]), 7);

/** A certificate authority that lives as long as one cluster does. */
export class CertificateAuthority {
  readonly credentials: Credentials;
  readonly #key: KeyObject;
  readonly #keyId: Buffer;
  readonly #name: Buffer;
  readonly #nowMs: number;

  constructor(options: { readonly commonName: string; readonly nowMs: number }) {
    this.#nowMs = options.nowMs;
    this.#name = nameOf(options.commonName, []);
    const { publicKey, privateKey } = newKeyPair();
    this.#key = privateKey;
    this.#keyId = keyIdOf(publicKey);
    const certificate = this.#certify(this.#name, publicKey, AUTHORITY_LIFE_MS, [
      extension(OID.basicConstraints, der.sequence(der.boolean(true)), true),
      extension(OID.keyUsage, KEY_USAGE_AUTHORITY, true),
      extension(OID.subjectKeyId, der.octetString(this.#keyId)),
    ]);
    this.credentials = { certificate, key: pemOf(privateKey) };
  }

  issue(commonName: string, use: CertificateUse): Credentials {
    const { publicKey, privateKey } = newKeyPair();
    const certificate = this.#certify(
      nameOf(commonName, use.kind === 'client' ? use.groups : []),
      publicKey,
      LEAF_LIFE_MS,
      [
        extension(OID.keyUsage, KEY_USAGE_LEAF, true),
        extension(
          OID.extendedKeyUsage,
          der.sequence(der.objectId(use.kind === 'server' ? OID.serverAuth : OID.clientAuth)),
        ),
        extension(OID.basicConstraints, der.sequence(), true),
        extension(OID.authorityKeyId, der.sequence(der.implicit(0, this.#keyId))),
        ...(use.kind === 'server'
          ? [extension(OID.subjectAltName, der.sequence(...use.hosts.map(generalName)))]
          : []),
      ],
    );
    return { certificate, key: pemOf(privateKey) };
  }

  #certify(
    subject: Uint8Array,
    publicKey: KeyObject,
    lifeMs: number,
    extensions: readonly Uint8Array[],
  ): string {
    const algorithm = der.sequence(der.objectId(OID.ecdsaWithSha256));
    const serial = randomBytes(SERIAL_BYTES);
    // Positive, and of full length.
    serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
    const toBeSigned = der.sequence(
      der.explicit(0, der.integer(2)),
      der.integer(serial),
      algorithm,
      this.#name,
      der.sequence(der.time(this.#nowMs - BACKDATE_MS), der.time(this.#nowMs + lifeMs)),
      subject,
      publicKey.export({ format: 'der', type: 'spki' }),
      der.explicit(3, der.sequence(...extensions)),
    );
    const signature = sign('sha256', toBeSigned, this.#key);
    return pem('CERTIFICATE', der.sequence(toBeSigned, algorithm, der.bitString(signature)));
  }
}

function newKeyPair(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

/** RFC 5280 section 4.2.1.2, method 1: any hash of the key will do, as long as both sides name the same. */
function keyIdOf(publicKey: KeyObject): Buffer {
  return createHash('sha1')
    .update(publicKey.export({ format: 'der', type: 'spki' }))
    .digest();
}

function nameOf(commonName: string, organizations: readonly string[]): Buffer {
  const part = (id: string, value: string): Buffer =>
    der.set(der.sequence(der.objectId(id), der.utf8String(value)));
  return der.sequence(
    ...organizations.map((organization) => part(OID.organization, organization)),
    part(OID.commonName, commonName),
  );
}

function extension(id: string, value: Uint8Array, critical = false): Buffer {
  return der.sequence(der.objectId(id), ...(critical ? [der.boolean(true)] : []), der.octetString(value));
}

/** dNSName is [2], iPAddress is [7]. */
function generalName(host: string): Buffer {
  const family = isIP(host);
  if (family === 0) return der.implicit(2, Buffer.from(host, 'latin1'));
  return der.implicit(7, family === 4 ? Buffer.from(host.split('.').map(Number)) : ipv6Octets(host));
}

function ipv6Octets(address: string): Buffer {
  const [head = '', tail] = address.split('::');
  const groups = (text: string): readonly string[] => text.split(':').filter((group) => group !== '');
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const zeros = Array<string>(tail === undefined ? 0 : 8 - before.length - after.length).fill('0');
  const all = [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16));
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

function pemOf(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'sec1' }).toString();
}

const PEM_LINE_CHARS = 64;

function pem(label: string, content: Uint8Array): string {
  const lines = Buffer.from(content)
    .toString('base64')
    .match(new RegExp(`.{1,${PEM_LINE_CHARS}}`, 'g'));
  return `-----BEGIN ${label}-----\n${(lines ?? []).join('\n')}\n-----END ${label}-----\n`;
}
