import { OID } from '../asn1/oid.ts';
import * as write from '../asn1/write.ts';
import { digest, signatureAlgorithmOf, signWith } from '../keys/key.ts';
import type { PrivateKey, PublicKey } from '../keys/key.ts';
import type { RandomBytes } from '../keys/rsa.ts';
import { parseCertificate } from './certificate.ts';
import type { Certificate, GeneralName } from './certificate.ts';
import { addressOctets } from './address.ts';
import { writeName } from './name.ts';
import type { DistinguishedName } from './name.ts';
import { utf8Encode } from '@podwire/sim';

/** Numbers of keyUsage's bits (RFC 5280 section 4.2.1.3). */
export const KEY_USAGE = {
  digitalSignature: 0,
  nonRepudiation: 1,
  keyEncipherment: 2,
  dataEncipherment: 3,
  keyAgreement: 4,
  keyCertSign: 5,
  cRLSign: 6,
} as const;

export interface Template {
  readonly subject: DistinguishedName;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly extensions: readonly Uint8Array[];
  /** 8 to 20 octets; drawn when absent. */
  readonly serial?: Uint8Array;
}

export interface Issuer {
  readonly certificate: Certificate;
  readonly key: PrivateKey;
}

const SERIAL_BYTES = 20;

/** Signs a certificate: by `issuer`, or by its own key when there is none. */
export function signCertificate(
  template: Template,
  holder: PrivateKey | PublicKey,
  issuer: Issuer | { readonly self: PrivateKey },
  random: RandomBytes,
): Certificate {
  const publicKey = 'publicKey' in holder ? holder.publicKey : holder;
  const signer = 'self' in issuer ? issuer.self : issuer.key;
  const algorithm = signatureAlgorithmOf(signer);
  const subject = writeName(template.subject);
  const toBeSigned = write.sequence(
    write.explicit(0, write.smallInteger(2)),
    write.unsigned(template.serial ?? drawSerial(random)),
    algorithm.element,
    'self' in issuer ? subject : issuer.certificate.subjectBytes,
    write.sequence(write.time(template.notBeforeMs), write.time(template.notAfterMs)),
    subject,
    publicKey.spki,
    ...(template.extensions.length === 0 ? [] : [write.explicit(3, write.sequence(...template.extensions))]),
  );
  const der = write.sequence(toBeSigned, algorithm.element, write.bitString(signWith(signer, toBeSigned)));
  const certificate = parseCertificate(der);
  if (certificate === undefined) throw new Error('a certificate that was just made cannot be read');
  return certificate;
}

/** Positive, and of full length. */
function drawSerial(random: RandomBytes): Uint8Array {
  const serial = Uint8Array.from(random(SERIAL_BYTES));
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return serial;
}

function extension(oid: string, value: Uint8Array, critical = false): Uint8Array {
  return write.sequence(
    write.objectId(oid),
    ...(critical ? [write.boolean(true)] : []),
    write.octetString(value),
  );
}

export function basicConstraints(isAuthority: boolean, critical = true, pathLength?: number): Uint8Array {
  const parts = [
    ...(isAuthority ? [write.boolean(true)] : []),
    ...(pathLength === undefined ? [] : [write.smallInteger(pathLength)]),
  ];
  return extension(OID.basicConstraints, write.sequence(...parts), critical);
}

export function keyUsage(bits: readonly number[], critical = true): Uint8Array {
  const octet = bits.reduce((all, bit) => all | (0x80 >> bit), 0);
  const highest = Math.max(...bits);
  return extension(OID.keyUsage, write.bitString(Uint8Array.of(octet), 7 - highest), critical);
}

export function extendedKeyUsage(oids: readonly string[], critical = false): Uint8Array {
  return extension(OID.extendedKeyUsage, write.sequence(...oids.map(write.objectId)), critical);
}

/** The SHA-1 of the key (RFC 5280 section 4.2.1.2, method 1). */
export function keyIdOf(key: PublicKey): Uint8Array {
  return digest('sha1', key.kind === 'ec' ? key.point : key.spki);
}

export function subjectKeyId(key: PublicKey): Uint8Array {
  return extension(OID.subjectKeyId, write.octetString(keyIdOf(key)));
}

export function authorityKeyId(keyId: Uint8Array): Uint8Array {
  return extension(OID.authorityKeyId, write.sequence(write.implicit(0, keyId)));
}

export function subjectAltName(names: readonly GeneralName[], critical = false): Uint8Array {
  const parts = names.map((name) => {
    switch (name.kind) {
      case 'dns':
        return write.implicit(2, utf8Encode(name.name));
      case 'email':
        return write.implicit(1, utf8Encode(name.name));
      case 'uri':
        return write.implicit(6, utf8Encode(name.name));
      case 'ip':
        return write.implicit(7, name.octets);
      case 'other':
        throw new Error('only names that can be told are written');
    }
  });
  return extension(OID.subjectAltName, write.sequence(...parts), critical);
}

/** A host as a name of a certificate: addresses are addresses. */
export function hostName(host: string): GeneralName {
  const octets = addressOctets(host);
  return octets === undefined ? { kind: 'dns', name: host } : { kind: 'ip', octets };
}
