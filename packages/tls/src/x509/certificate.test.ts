import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OID } from '../asn1/oid.ts';
import { readPem, writePem } from '../asn1/pem.ts';
import { generateKey, parsePrivateKey, privateKeyPem, traditionalKeyPem, verifyWith } from '../keys/key.ts';
import { testRandom } from '../random.test-support.ts';
import { addressOctets } from './address.ts';
import { issue, newAuthority } from './authority.ts';
import { certificatePem, parseCertificate, parseCertificates } from './certificate.ts';
import { basicConstraints, keyUsage, signCertificate } from './issue.ts';
import { readKeyPair } from './key-pair.ts';
import { matchesName, matchHost, verifyChain } from './verify.ts';

const DAY_MS = 86_400_000;
const nowMs = Date.UTC(2026, 0, 1);
const making = (seed: number): { nowMs: number; random: (count: number) => Uint8Array } => ({
  nowMs,
  random: testRandom(seed),
});
const authority = newAuthority({ commonName: 'kubernetes', ...making(1) });
const server = issue(authority, {
  commonName: 'web',
  use: { kind: 'server', hosts: ['web.example', '*.shop.example', '10.0.0.1', 'fd00::1'] },
  ...making(2),
});

describe('keys', () => {
  test.each(['P-256', 'P-384', 'P-521'] as const)(
    'TLS3: Node reads an EC key on %s, in both forms',
    (curve) => {
      const key = generateKey({ kind: 'ec', curve }, testRandom(3));
      for (const pem of [privateKeyPem(key), traditionalKeyPem(key)]) {
        expect(createPrivateKey(pem).asymmetricKeyType).toBe('ec');
        expect(parsePrivateKey(pem)).toEqual(key);
      }
    },
  );

  test('TLS3: an RSA key of 2048 bits is made of the seed alone, and Node signs with it', () => {
    const key = generateKey({ kind: 'rsa', bits: 2048 }, testRandom(4));
    const pem = privateKeyPem(key);
    expect(privateKeyPem(generateKey({ kind: 'rsa', bits: 2048 }, testRandom(4)))).toBe(pem);
    const data = Buffer.from('hello');
    const signature = sign('sha256', data, createPrivateKey(pem));
    expect(verifyWith(key.publicKey, OID.sha256WithRsa, data, signature)).toBe(true);
    signature[0] = (signature[0] ?? 0) ^ 1;
    expect(verifyWith(key.publicKey, OID.sha256WithRsa, data, signature)).toBe(false);
    expect(parsePrivateKey(traditionalKeyPem(key))).toEqual(key);
  });

  test('TLS3: keys that Node makes are read', () => {
    for (const { privateKey } of [
      generateKeyPairSync('ec', { namedCurve: 'P-256' }),
      generateKeyPairSync('rsa', { modulusLength: 2048 }),
    ]) {
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      expect(parsePrivateKey(pem)?.publicKey.spki).toEqual(
        Uint8Array.from(createPublicKey(privateKey).export({ type: 'spki', format: 'der' })),
      );
    }
  });
});

describe('certificates', () => {
  test('TLS3: Node reads what is issued here, and finds it signed', () => {
    const leaf = new X509Certificate(certificatePem(server.certificate));
    const root = new X509Certificate(certificatePem(authority.certificate));
    expect(leaf.verify(root.publicKey)).toBe(true);
    expect(leaf.checkIssued(root)).toBe(true);
    expect(leaf.subjectAltName).toBe(
      'DNS:web.example, DNS:*.shop.example, IP Address:10.0.0.1, IP Address:FD00:0:0:0:0:0:0:1',
    );
    expect(leaf.checkPrivateKey(createPrivateKey(privateKeyPem(server.key)))).toBe(true);
    expect(root.ca).toBe(true);
  });

  test('TLS3: what Node would sign with RSA verifies here', () => {
    const key = generateKey({ kind: 'rsa', bits: 2048 }, testRandom(5));
    const certificate = signCertificate(
      {
        subject: [
          { type: 'C', value: 'CH' },
          { type: 'CN', value: 'rsa.example' },
        ],
        notBeforeMs: nowMs,
        notAfterMs: Date.UTC(2060, 0, 1),
        extensions: [basicConstraints(true)],
      },
      key,
      { self: key },
      testRandom(6),
    );
    const read = new X509Certificate(certificatePem(certificate));
    expect(read.verify(read.publicKey)).toBe(true);
    expect(read.subject).toBe('C=CH\nCN=rsa.example');
    expect(verifyChain([certificate], { roots: [certificate], nowMs: nowMs + 1 }).ok).toBe(true);
  });

  test('a bundle is read whole or not at all', () => {
    const bundle = certificatePem(server.certificate) + certificatePem(authority.certificate);
    expect(parseCertificates(bundle)).toHaveLength(2);
    expect(parseCertificates(bundle + writePem('CERTIFICATE', Uint8Array.of(48, 0)))).toBeUndefined();
    expect(parseCertificates('no PEM')).toBeUndefined();
  });
});

describe('TLS2: verification', () => {
  const roots = [authority.certificate];
  const chain = [server.certificate];
  const stranger = newAuthority({ commonName: 'stranger', ...making(7) });
  const sameName = newAuthority({ commonName: 'kubernetes', ...making(8) });

  test('a chain to a trusted root holds', () => {
    expect(verifyChain(chain, { roots, nowMs })).toMatchObject({ ok: true });
    expect(verifyChain([...chain, authority.certificate], { roots, nowMs })).toMatchObject({ ok: true });
  });

  test.each([
    ['expired', chain, roots, nowMs + 366 * DAY_MS],
    ['not-yet-valid', chain, roots, nowMs - DAY_MS],
    ['unknown-issuer', chain, [stranger.certificate], nowMs],
    ['self-signed', [stranger.certificate], roots, nowMs],
    ['self-signed-in-chain', [...chain, authority.certificate], [stranger.certificate], nowMs],
    ['unknown-issuer', [], roots, nowMs],
  ] as const)('%s', (reason, shown, trusted, atMs) => {
    expect(verifyChain(shown, { roots: trusted, nowMs: atMs })).toMatchObject({ ok: false, reason });
  });

  test('a signature by another key of the same name does not hold', () => {
    const named = { ...sameName.certificate, subjectKeyId: undefined };
    const { subjectKeyId: _, ...root } = named;
    expect(verifyChain(chain, { roots: [root], nowMs })).toMatchObject({
      ok: false,
      reason: 'bad-signature',
    });
  });

  test('a certificate that is no authority signs nothing', () => {
    const forged = issue(server, {
      commonName: 'evil',
      use: { kind: 'server', hosts: ['evil'] },
      ...making(9),
    });
    expect(verifyChain([forged.certificate, server.certificate], { roots, nowMs })).toMatchObject({
      ok: false,
      reason: 'invalid-authority',
    });
  });

  test("a client's certificate serves nobody", () => {
    const client = issue(authority, {
      commonName: 'me',
      use: { kind: 'client', groups: ['a'] },
      ...making(10),
    });
    expect(verifyChain([client.certificate], { roots, nowMs })).toMatchObject({ reason: 'wrong-purpose' });
    expect(client.certificate.subject).toEqual([
      { type: 'O', value: 'a' },
      { type: 'CN', value: 'me' },
    ]);
  });

  test.each([
    ['web.example', 'san'],
    ['WEB.example.', 'san'],
    ['a.shop.example', 'san'],
    ['a.b.shop.example', 'none'],
    ['shop.example', 'none'],
    ['10.0.0.1', 'san'],
    ['10.0.0.2', 'none'],
    ['[fd00::1]', 'san'],
    ['web', 'none'],
  ])('host %s: %s', (host, kind) => {
    expect(matchHost(server.certificate, host).kind).toBe(kind);
  });

  test('a common name counts only where there are no other names', () => {
    const key = server.key;
    const bare = signCertificate(
      {
        subject: [{ type: 'CN', value: 'old.example' }],
        notBeforeMs: nowMs,
        notAfterMs: nowMs + DAY_MS,
        extensions: [keyUsage([0])],
      },
      key,
      { self: key },
      testRandom(11),
    );
    expect(matchHost(bare, 'old.example')).toEqual({ kind: 'common-name', pattern: 'old.example' });
  });

  test.each([
    ['*.example', 'a.example', false],
    ['*.a.example', '.a.example', false],
    ['a*.b.example', 'ax.b.example', false],
    ['*', 'a', false],
  ])('pattern %s and host %s: %s', (pattern, host, matches) => {
    expect(matchesName(pattern, host)).toBe(matches);
  });
});

describe('TLS3: a pair of certificate and key', () => {
  const certificate = certificatePem(server.certificate);
  const key = privateKeyPem(server.key);
  const other = privateKeyPem(authority.key);
  const rsa = privateKeyPem(generateKey({ kind: 'rsa', bits: 1024 }, testRandom(12)));
  test('that fits', () => {
    expect(readKeyPair(certificate, key)).toMatchObject({ ok: true });
  });
  test.each([
    ['', key, 'tls: failed to find any PEM data in certificate input'],
    [certificate, '', 'tls: failed to find any PEM data in key input'],
    [certificate, other, 'tls: private key does not match public key'],
    [certificate, rsa, 'tls: private key type does not match public key type'],
    [
      key,
      certificate,
      'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched',
    ],
    [certificate, certificate, 'tls: found a certificate rather than a key in the PEM for the private key'],
  ])('that does not (%#)', (certificateText, keyText, message) => {
    expect(readKeyPair(certificateText, keyText)).toEqual({ ok: false, message });
  });
});

describe('hostile bytes', () => {
  test('no bytes crash the readers', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(parseCertificate(bytes)).toBeUndefined();
        expect(parsePrivateKey(writePem('PRIVATE KEY', bytes))).toBeUndefined();
      }),
    );
  });

  test('no change of a certificate crashes the reader, and none that it reads keeps the signature', () => {
    const { der } = server.certificate;
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Uint8Array.from(der);
        changed[at] = (changed[at] ?? 0) ^ change;
        const read = parseCertificate(changed);
        if (read === undefined) return;
        const verdict = verifyChain([read], { roots: [authority.certificate], nowMs });
        // Octets outside what is signed: the outer headers and the signature's own encoding.
        if (verdict.ok) expect(read.toBeSigned).toEqual(server.certificate.toBeSigned);
      }),
      { numRuns: 60 },
    );
  });

  test('PEM survives a round trip', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.string(), (bytes, noise) => {
        const [block] = readPem(`${noise.replaceAll('-', '')}\n${writePem('THING', bytes)}`);
        expect(block).toEqual({ label: 'THING', bytes });
      }),
    );
  });

  test('no text crashes the reader of addresses', () => {
    fc.assert(fc.property(fc.string(), (text) => void addressOctets(text)));
    fc.assert(fc.property(fc.ipV6(), (text) => void addressOctets(text)));
  });
});
