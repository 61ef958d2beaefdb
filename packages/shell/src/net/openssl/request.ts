import type { Process, Task } from '@podwire/machine';
import {
  authorityKeyId,
  basicConstraints,
  certificatePem,
  extendedKeyUsage,
  generateKey,
  hostName,
  isNameType,
  KEY_USAGE,
  keyIdOf,
  keyUsage,
  OID,
  parsePrivateKey,
  privateKeyPem,
  RSA_BITS,
  signCertificate,
  subjectAltName,
  subjectKeyId,
  traditionalKeyPem,
} from '@podwire/tls';
import type { CurveName, DistinguishedName, GeneralName, KeyKind, PrivateKey } from '@podwire/tls';
import { complain, writeText } from '../../stdio/output.ts';
import { randomOf } from '../wire.ts';
import { lastOf, readInput, readWords, writeOutput } from './files.ts';
import type { Words } from './files.ts';

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
const MAX_DAYS = 36_500;
const DEFAULT_RSA_BITS = 2_048;
const CURVES: Readonly<Record<string, CurveName>> = {
  prime256v1: 'P-256',
  'P-256': 'P-256',
  secp384r1: 'P-384',
  'P-384': 'P-384',
  secp521r1: 'P-521',
  'P-521': 'P-521',
};
const DIGESTS = ['sha256', 'sha384', 'sha512'];

/** `rsa:2048`, `rsa`, or `ec` with its curve; a text is what is wrong. */
function keyKindOf(spec: string, options: readonly string[]): KeyKind | string {
  const [algorithm = '', size] = spec.toLowerCase().split(':');
  const option = (name: string): string | undefined =>
    options.find((each) => each.startsWith(`${name}:`))?.slice(name.length + 1);
  if (algorithm === 'ec') {
    const named = option('ec_paramgen_curve') ?? 'P-256';
    const curve = CURVES[named];
    return curve === undefined
      ? `the curve ${named} is not part of this simulation; use P-256`
      : { kind: 'ec', curve };
  }
  if (algorithm !== 'rsa') return `keys of ${spec} are not part of this simulation; use rsa:2048 or ec`;
  const bits = Number(size ?? option('rsa_keygen_bits') ?? DEFAULT_RSA_BITS);
  if (!Number.isInteger(bits) || bits < RSA_BITS.least || bits > RSA_BITS.most)
    return `RSA keys have ${RSA_BITS.least} to ${RSA_BITS.most} bits in this simulation; use rsa:2048`;
  return { kind: 'rsa', bits };
}

/** `/C=CH/CN=web`; a text is what is wrong. */
function subjectOf(text: string): DistinguishedName | string {
  if (!text.startsWith('/'))
    return `req: subject name is expected to be in the format /type0=value0/type1=value1/type2=... where characters may be escaped by \\. This name is not in that format: '${text}'`;
  const parts: { type: string; value: string }[] = [];
  for (const part of text.slice(1).split(/(?<!\\)\//)) {
    const at = part.indexOf('=');
    const type = part.slice(0, at);
    if (at <= 0) return `req: Hit end of string before finding the '='`;
    const value = part.slice(at + 1).replace(/\\(.)/g, '$1');
    if (!isNameType(type)) return `req: Skipping unknown subject name attribute "${type}"`;
    if (value !== '') parts.push({ type, value });
  }
  return parts;
}

/** One `-addext` or one line of an extension file; a text is what is wrong. */
function extensionOf(text: string): { readonly name: string; readonly bytes: Uint8Array } | string {
  const at = text.indexOf('=');
  const name = text.slice(0, at).trim();
  let items = text
    .slice(at + 1)
    .split(',')
    .map((item) => item.trim());
  const critical = items[0] === 'critical';
  if (critical) items = items.slice(1);
  const wrong = `Error adding request extensions from command line: ${text}`;
  if (at <= 0 || items.length === 0) return wrong;
  switch (name) {
    case 'subjectAltName': {
      const names = items.map((item): GeneralName | undefined => {
        const value = item.slice(item.indexOf(':') + 1);
        if (item.startsWith('DNS:')) return { kind: 'dns', name: value };
        if (item.startsWith('email:')) return { kind: 'email', name: value };
        if (item.startsWith('URI:')) return { kind: 'uri', name: value };
        const address = item.startsWith('IP:') ? hostName(value) : undefined;
        return address?.kind === 'ip' ? address : undefined;
      });
      const known = names.filter((each) => each !== undefined);
      return known.length < names.length ? wrong : { name, bytes: subjectAltName(known, critical) };
    }
    case 'basicConstraints': {
      const length = items.find((item) => item.startsWith('pathlen:'))?.slice(8);
      return {
        name,
        bytes: basicConstraints(
          items.some((item) => item.toUpperCase() === 'CA:TRUE'),
          critical,
          length === undefined || !/^\d{1,2}$/.test(length) ? undefined : Number(length),
        ),
      };
    }
    case 'keyUsage': {
      const bits = items.map((item) =>
        Object.hasOwn(KEY_USAGE, item) ? KEY_USAGE[item as keyof typeof KEY_USAGE] : -1,
      );
      return bits.includes(-1) ? wrong : { name, bytes: keyUsage(bits, critical) };
    }
    case 'extendedKeyUsage': {
      const oids = items.map((item) =>
        item === 'serverAuth' ? OID.serverAuth : item === 'clientAuth' ? OID.clientAuth : '',
      );
      return oids.includes('') ? wrong : { name, bytes: extendedKeyUsage(oids, critical) };
    }
    default:
      return wrong;
  }
}

/** `openssl req -x509`: a key and a certificate that it signs itself. */
export function* request(process: Process, args: readonly string[]): Task {
  const words = readWords('req', args, {
    flags: ['x509', 'new', 'nodes', 'noenc', 'batch', 'utf8', ...DIGESTS],
    values: ['newkey', 'keyout', 'out', 'subj', 'addext', 'days', 'key', 'pkeyopt', 'outform'],
  });
  if (typeof words === 'string') return yield* complain(process, words);
  if (!words.flags.has('x509'))
    return yield* complain(process, 'req: certificate requests are not part of this simulation; use -x509');
  if (words.flags.has('sha384') || words.flags.has('sha512'))
    return yield* complain(
      process,
      'req: certificates are signed with SHA-256 in this simulation; use -sha256',
    );
  const subjectText = lastOf(words, 'subj');
  if (subjectText === undefined)
    return yield* complain(
      process,
      'req: asking for the subject is not part of this simulation; say it with -subj',
    );
  const subject = subjectOf(subjectText);
  if (typeof subject === 'string') return yield* complain(process, subject);
  const key = yield* keyFor(process, words);
  if (key === undefined) return 1;
  const extensions = new Map<string, Uint8Array>([
    ['subjectKeyIdentifier', subjectKeyId(key.publicKey)],
    ['authorityKeyIdentifier', authorityKeyId(keyIdOf(key.publicKey))],
    ['basicConstraints', basicConstraints(true)],
  ]);
  for (const text of words.values.get('addext') ?? []) {
    const extension = extensionOf(text);
    if (typeof extension === 'string') return yield* complain(process, extension);
    extensions.set(extension.name, extension.bytes);
  }
  const days = Number(lastOf(words, 'days') ?? DEFAULT_DAYS);
  if (!Number.isInteger(days) || Math.abs(days) > MAX_DAYS)
    return yield* complain(
      process,
      `req: Non-integer or too large value for -days: "${lastOf(words, 'days') ?? ''}"`,
    );
  const nowMs = process.nowMs();
  const certificate = signCertificate(
    { subject, notBeforeMs: nowMs, notAfterMs: nowMs + days * DAY_MS, extensions: [...extensions.values()] },
    key,
    { self: key },
    randomOf(process),
  );
  return (yield* writeOutput(process, lastOf(words, 'out'), certificatePem(certificate))) ? 0 : 1;
}

/** The key that is given with -key, or a new one, written to -keyout. */
function* keyFor(process: Process, words: Words): Task<PrivateKey | undefined> {
  const given = lastOf(words, 'key');
  if (given !== undefined) {
    const text = yield* readInput(process, given, 'private key');
    const key = text === undefined ? undefined : parsePrivateKey(text);
    if (text !== undefined && key === undefined)
      yield* complain(process, `Could not read private key from ${given}`);
    return key;
  }
  if (!words.flags.has('nodes') && !words.flags.has('noenc')) {
    yield* complain(process, 'req: encrypting keys is not part of this simulation; use -nodes');
    return undefined;
  }
  const kind = keyKindOf(lastOf(words, 'newkey') ?? 'rsa', words.values.get('pkeyopt') ?? []);
  if (typeof kind === 'string') {
    yield* complain(process, `req: ${kind}`);
    return undefined;
  }
  const key = generateKey(kind, randomOf(process));
  yield* writeText(process.stderr, '-----\n');
  const written = yield* writeOutput(
    process,
    lastOf(words, 'keyout') ?? 'privkey.pem',
    privateKeyPem(key),
    0o600,
  );
  return written ? key : undefined;
}

/** `openssl genrsa`, `genpkey` and `ecparam -genkey`. */
export function* makeKey(process: Process, command: string, args: readonly string[]): Task {
  const words = readWords(command, args, {
    flags: ['genkey', 'noout', 'traditional'],
    values: ['out', 'name', 'algorithm', 'pkeyopt'],
  });
  if (typeof words === 'string') return yield* complain(process, words);
  const options = words.values.get('pkeyopt') ?? [];
  const kind =
    command === 'genrsa'
      ? keyKindOf(`rsa:${words.operands[0] ?? DEFAULT_RSA_BITS}`, [])
      : command === 'ecparam'
        ? keyKindOf('ec', [`ec_paramgen_curve:${lastOf(words, 'name') ?? ''}`])
        : keyKindOf(lastOf(words, 'algorithm') ?? '', options);
  if (command === 'ecparam' && !words.flags.has('genkey'))
    return yield* complain(process, 'ecparam: parameters alone are not part of this simulation; use -genkey');
  if (typeof kind === 'string') return yield* complain(process, `${command}: ${kind}`);
  const key = generateKey(kind, randomOf(process));
  const traditional = command === 'ecparam' || words.flags.has('traditional');
  const text = traditional ? traditionalKeyPem(key) : privateKeyPem(key);
  return (yield* writeOutput(process, lastOf(words, 'out'), text, 0o600)) ? 0 : 1;
}
