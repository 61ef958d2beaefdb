import { certificatePem, issue, newAuthority, parseCertificate, privateKeyPem } from '@podwire/tls';
import type { Ingress } from 'kubernetes-types/networking/v1';
import { describe, expect, test } from 'vitest';
import { encodeBase64 } from '../api/base64.ts';
import type { KubeClient } from '../api/client.ts';
import { fakeCertificate, hostCertificate, secretChain } from './certificates.ts';
import { buildRoutes, serverFor } from './routes.ts';

const random = (count: number): Uint8Array =>
  Uint8Array.from({ length: count }, (_, index) => (index * 31 + 7) & 0xff);
const authority = newAuthority({ commonName: 'lab', nowMs: 0, random });
const pair = issue(authority, {
  commonName: 'shop',
  use: { kind: 'server', hosts: ['shop.example', '*.shop.example'] },
  nowMs: 0,
  random: (count) => random(count).reverse(),
});
const data = {
  'tls.crt': encodeBase64(certificatePem(pair.certificate)),
  'tls.key': encodeBase64(privateKeyPem(pair.key)),
};
const secrets: Readonly<Record<string, object>> = {
  shop: { data },
  broken: { data: { ...data, 'tls.key': encodeBase64(privateKeyPem(authority.key)) } },
};
const client = {
  get: (_kind: string, _namespace: string, name: string) => secrets[name],
} as unknown as KubeClient;

const ingress = (host: string, tls: object[], annotations: Record<string, string> = {}): Ingress => ({
  metadata: { name: 'i', namespace: 'default', annotations },
  spec: {
    tls,
    rules: [
      {
        host,
        http: {
          paths: [
            { path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } },
          ],
        },
      },
    ],
  },
});

describe('ING9: which certificate a host gets', () => {
  test.each([
    ['shop.example', [{ hosts: ['shop.example'], secretName: 'shop' }], 'chain'],
    ['*.shop.example', [{ hosts: ['*.shop.example'], secretName: 'shop' }], 'chain'],
    ['other.example', [{ hosts: ['other.example'], secretName: 'shop' }], 'default'],
    ['shop.example', [{ hosts: ['shop.example'], secretName: 'missing' }], 'default'],
    ['shop.example', [{ hosts: ['shop.example'], secretName: 'broken' }], 'default'],
    ['shop.example', [{ hosts: ['shop.example'] }], 'default'],
    ['shop.example', [{ secretName: 'shop' }], 'chain'],
    ['other.example', [{ secretName: 'shop' }], 'none'],
    ['shop.example', [], 'none'],
  ])('%s with %j: %s', (host, tls, kind) => {
    expect(hostCertificate(client, ingress(host, tls), host).kind).toBe(kind);
  });

  test('a Secret is read once, and again when it has been written', () => {
    let stored: object = { data };
    const store = { get: () => stored } as unknown as KubeClient;
    const chain = secretChain(store, 'default', 'shop');
    expect(chain?.map(({ der }) => der)).toEqual([pair.certificate.der]);
    expect(secretChain(store, 'default', 'shop')).toBe(chain);
    stored = { data: { ...data, 'tls.key': encodeBase64(privateKeyPem(authority.key)) } };
    expect(secretChain(store, 'default', 'shop')).toBeUndefined();
  });

  test('SNI finds the server as a Host header does, and ssl-redirect follows the certificate', () => {
    const secure = ingress('*.shop.example', [{ hosts: ['*.shop.example'], secretName: 'shop' }]);
    const table = buildRoutes([secure], (each, host) => hostCertificate(client, each, host));
    const name = serverFor(table, 'a.shop.example') ?? '';
    expect(table.servers.get(name)?.certificate.kind).toBe('chain');
    expect(table.servers.get(name)?.locations[0]?.redirectToTls).toBe(true);
    const left = ingress('a.example', [{ hosts: ['a.example'] }], {
      'nginx.ingress.kubernetes.io/ssl-redirect': 'false',
    });
    expect(buildRoutes([left]).servers.get('a.example')?.locations[0]?.redirectToTls).toBe(false);
  });

  test('the fake certificate has the name that ingress-nginx gives it', () => {
    const certificate = parseCertificate(fakeCertificate(0, random));
    expect(certificate?.subject).toEqual([
      { type: 'O', value: 'Acme Co' },
      { type: 'CN', value: 'Kubernetes Ingress Controller Fake Certificate' },
    ]);
    expect(certificate?.subjectAltNames).toEqual([{ kind: 'dns', name: 'ingress.local' }]);
  });
});
