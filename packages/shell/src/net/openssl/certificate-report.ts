import { addressText, KEY_USAGE, keyBits, OID, SIGNATURES } from '@podwire/tls';
import type { Certificate, Extension, PublicKey } from '@podwire/tls';
import { hexPairs, nameForOpenssl, timeText } from '../certificate-text.ts';

const USAGE_NAMES: Readonly<Record<number, string>> = {
  [KEY_USAGE.digitalSignature]: 'Digital Signature',
  [KEY_USAGE.nonRepudiation]: 'Non Repudiation',
  [KEY_USAGE.keyEncipherment]: 'Key Encipherment',
  [KEY_USAGE.dataEncipherment]: 'Data Encipherment',
  [KEY_USAGE.keyAgreement]: 'Key Agreement',
  [KEY_USAGE.keyCertSign]: 'Certificate Sign',
  [KEY_USAGE.cRLSign]: 'CRL Sign',
};
const PURPOSE_NAMES: Readonly<Record<string, string>> = {
  [OID.serverAuth]: 'TLS Web Server Authentication',
  [OID.clientAuth]: 'TLS Web Client Authentication',
};
/** Extensions that openssl knows by name, with the names under which `-ext` takes them. */
const EXTENSION_NAMES: Readonly<Record<string, { readonly short: string; readonly title: string }>> = {
  [OID.subjectKeyId]: { short: 'subjectKeyIdentifier', title: 'X509v3 Subject Key Identifier' },
  [OID.keyUsage]: { short: 'keyUsage', title: 'X509v3 Key Usage' },
  [OID.subjectAltName]: { short: 'subjectAltName', title: 'X509v3 Subject Alternative Name' },
  [OID.basicConstraints]: { short: 'basicConstraints', title: 'X509v3 Basic Constraints' },
  [OID.authorityKeyId]: { short: 'authorityKeyIdentifier', title: 'X509v3 Authority Key Identifier' },
  [OID.extendedKeyUsage]: { short: 'extendedKeyUsage', title: 'X509v3 Extended Key Usage' },
};
const CURVES = {
  'P-256': { oid: 'prime256v1', name: 'P-256' },
  'P-384': { oid: 'secp384r1', name: 'P-384' },
  'P-521': { oid: 'secp521r1', name: 'P-521' },
} as const;

/** Octets in lines of so many, each under `indent`. */
function octetLines(bytes: Uint8Array, perLine: number, indent: string): readonly string[] {
  const pairs = Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0'));
  const lines: string[] = [];
  for (let at = 0; at < pairs.length; at += perLine) {
    const last = at + perLine >= pairs.length;
    lines.push(`${indent}${pairs.slice(at, at + perLine).join(':')}${last ? '' : ':'}`);
  }
  return lines;
}

function keyLines(key: PublicKey): readonly string[] {
  const deep = ' '.repeat(20);
  if (key.kind === 'ec')
    return [
      '            Public Key Algorithm: id-ecPublicKey',
      `                Public-Key: (${keyBits(key)} bit)`,
      '                pub:',
      ...octetLines(key.point, 15, deep),
      `                ASN1 OID: ${CURVES[key.curve].oid}`,
      `                NIST CURVE: ${CURVES[key.curve].name}`,
    ];
  if (key.kind === 'other') return [`            Public Key Algorithm: ${key.algorithm}`];
  const signed = (key.modulus[0] ?? 0) >= 0x80 ? Uint8Array.of(0, ...key.modulus) : key.modulus;
  const exponent = key.exponent.reduce((value, octet) => value * 256 + octet, 0);
  return [
    '            Public Key Algorithm: rsaEncryption',
    `                Public-Key: (${keyBits(key)} bit)`,
    '                Modulus:',
    ...octetLines(signed, 15, deep),
    `                Exponent: ${exponent} (0x${exponent.toString(16)})`,
  ];
}

function extensionValue(certificate: Certificate, { oid, value }: Extension): string {
  switch (oid) {
    case OID.subjectKeyId:
      return hexPairs(certificate.subjectKeyId ?? value);
    case OID.authorityKeyId:
      return hexPairs(certificate.authorityKeyId ?? value);
    case OID.keyUsage:
      return [...(certificate.keyUsage ?? [])].map((bit) => USAGE_NAMES[bit] ?? `bit ${bit}`).join(', ');
    case OID.extendedKeyUsage:
      return (certificate.extendedKeyUsage ?? []).map((each) => PURPOSE_NAMES[each] ?? each).join(', ');
    case OID.basicConstraints:
      return `CA:${certificate.isAuthority ? 'TRUE' : 'FALSE'}${certificate.pathLength === undefined ? '' : `, pathlen:${certificate.pathLength}`}`;
    case OID.subjectAltName:
      return certificate.subjectAltNames
        .map((name) => {
          switch (name.kind) {
            case 'dns':
              return `DNS:${name.name}`;
            case 'ip':
              return `IP Address:${addressText(name.octets)}`;
            case 'email':
              return `email:${name.name}`;
            case 'uri':
              return `URI:${name.name}`;
            case 'other':
              return 'othername:<unsupported>';
          }
        })
        .join(', ');
    default:
      return octetLines(value, 16, '').join('');
  }
}

function extensionLines(certificate: Certificate, extension: Extension, indent: string): readonly string[] {
  const title = EXTENSION_NAMES[extension.oid]?.title ?? extension.oid;
  return [
    `${indent}${title}: ${extension.critical ? 'critical' : ''}`,
    `${indent}    ${extensionValue(certificate, extension)}`,
  ];
}

/** `openssl x509 -ext NAMES`; undefined when the certificate has none of them. */
export function extensionReport(certificate: Certificate, names: readonly string[]): string | undefined {
  const lines = certificate.extensions
    .filter(({ oid }) => names.includes(EXTENSION_NAMES[oid]?.short ?? oid))
    .flatMap((extension) => extensionLines(certificate, extension, ''));
  return lines.length === 0 ? undefined : `${lines.join('\n')}\n`;
}

/** `openssl x509 -text`. */
export function certificateReport(certificate: Certificate): string {
  const algorithm = SIGNATURES[certificate.signatureAlgorithm]?.name ?? certificate.signatureAlgorithm;
  return `${[
    'Certificate:',
    '    Data:',
    `        Version: ${certificate.version} (0x${(certificate.version - 1).toString(16)})`,
    '        Serial Number:',
    ...octetLines(certificate.serial, 64, '            '),
    `        Signature Algorithm: ${algorithm}`,
    `        Issuer: ${nameForOpenssl(certificate.issuer)}`,
    '        Validity',
    `            Not Before: ${timeText(certificate.notBeforeMs)}`,
    `            Not After : ${timeText(certificate.notAfterMs)}`,
    `        Subject: ${nameForOpenssl(certificate.subject)}`,
    '        Subject Public Key Info:',
    ...keyLines(certificate.publicKey),
    ...(certificate.extensions.length === 0 ? [] : ['        X509v3 extensions:']),
    ...certificate.extensions.flatMap((extension) => extensionLines(certificate, extension, ' '.repeat(12))),
    `    Signature Algorithm: ${algorithm}`,
    '    Signature Value:',
    ...octetLines(certificate.signature, 18, '        '),
  ].join('\n')}\n`;
}
