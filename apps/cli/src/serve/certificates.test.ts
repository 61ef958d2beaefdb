import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CertificateAuthority } from './certificates.ts';
import * as der from './der.ts';

const NOW_MS = Date.UTC(2026, 10, 22);
const authority = new CertificateAuthority({ commonName: 'kubernetes', nowMs: NOW_MS });
const root = new X509Certificate(authority.credentials.certificate);

describe('certificates', () => {
  it('RFC 5280: an authority signs itself and may sign others', () => {
    expect(root.ca).toBe(true);
    expect(root.verify(root.publicKey)).toBe(true);
    expect(root.subject).toBe('CN=kubernetes');
  });

  it('names every host of a server, by name and by address', () => {
    const issued = authority.issue('kube-apiserver', {
      kind: 'server',
      hosts: ['localhost', '127.0.0.1', '::1', 'fd00:10::7'],
    });
    const server = new X509Certificate(issued.certificate);
    expect(server.checkIssued(root)).toBe(true);
    expect(server.verify(root.publicKey)).toBe(true);
    expect(server.ca).toBe(false);
    for (const ip of ['127.0.0.1', '::1', 'fd00:10::7']) expect(server.checkIP(ip)).toBeDefined();
    expect(server.checkIP('127.0.0.2')).toBeUndefined();
    expect(server.checkHost('localhost')).toBe('localhost');
  });

  it('gives a client its name as CN and its groups as O', () => {
    const issued = authority.issue('jane', { kind: 'client', groups: ['dev', 'ops'] });
    expect(new X509Certificate(issued.certificate).subject).toBe('O=dev\nO=ops\nCN=jane');
  });

  it('is another for each cluster', () => {
    const other = new CertificateAuthority({ commonName: 'kubernetes', nowMs: NOW_MS });
    expect(root.verify(new X509Certificate(other.credentials.certificate).publicKey)).toBe(false);
  });
});

describe('DER', () => {
  it.each([
    [der.integer(0), '020100'],
    [der.integer(128), '02020080'],
    [der.objectId('1.2.840.10045.4.3.2'), '06082a8648ce3d040302'],
    [der.time(Date.UTC(2049, 11, 31, 23, 59, 59)), `170d${Buffer.from('491231235959Z').toString('hex')}`],
    [der.time(Date.UTC(2050, 0, 1)), `180f${Buffer.from('20500101000000Z').toString('hex')}`],
  ])('X.690: %#', (encoded, hex) => expect(encoded.toString('hex')).toBe(hex));

  it('X.690 8.1.3: says its length in as few octets as it can', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 70_000 }), (size) => {
        const encoded = der.octetString(new Uint8Array(size));
        const head = size < 128 ? 2 : size < 256 ? 3 : size < 65_536 ? 4 : 5;
        expect(encoded.length).toBe(size + head);
      }),
      { numRuns: 50 },
    );
  });
});
