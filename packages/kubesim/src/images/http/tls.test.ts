import { certificatePem, issue, newAuthority, privateKeyPem } from '@podwire/tls';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeBase64 } from '../../api/base64.ts';
import { START_MS, TestCluster } from '../../cluster.test-support.ts';
import { parseRequest } from './message.ts';
import { parseResponse } from './response.ts';

const random = (count: number): Uint8Array =>
  Uint8Array.from({ length: count }, (_, index) => (index * 37 + 11) & 0xff);
const authority = newAuthority({ commonName: 'lab', nowMs: START_MS, random });
const server = issue(authority, {
  commonName: 'web',
  use: { kind: 'server', hosts: ['web'] },
  nowMs: START_MS,
  random: (count) => random(count).reverse(),
});

function netexec(probe: object, args: readonly string[]): object {
  return {
    volumes: [{ name: 'cert', secret: { secretName: 'cert' } }],
    containers: [
      {
        name: 'main',
        image: 'registry.k8s.io/e2e-test-images/agnhost:2.53',
        args: ['netexec', ...args],
        volumeMounts: [{ name: 'cert', mountPath: '/cert' }],
        readinessProbe: { periodSeconds: 1, ...probe },
      },
    ],
  };
}

describe('TLS1: servers with a certificate', () => {
  test('an HTTPS probe finds one that speaks TLS ready, and no other', () => {
    const cluster = TestCluster.boot();
    cluster.create('/api/v1/namespaces/default/secrets', {
      metadata: { name: 'cert' },
      type: 'kubernetes.io/tls',
      data: {
        'tls.crt': encodeBase64(certificatePem(server.certificate)),
        'tls.key': encodeBase64(privateKeyPem(server.key)),
      },
    });
    const https = { httpGet: { path: '/healthz', port: 8080, scheme: 'HTTPS' } };
    const http = { httpGet: { path: '/healthz', port: 8080 } };
    const files = ['--tls-cert-file=/cert/tls.crt', '--tls-private-key-file=/cert/tls.key'];
    cluster.createPod('secure', netexec(https, files));
    cluster.createPod('asked-plainly', netexec(http, files));
    cluster.createPod('plain', netexec(https, []));
    cluster.createPod(
      'unpaired',
      netexec(https, ['--tls-cert-file=/cert/tls.crt', '--tls-private-key-file=/cert/none']),
    );
    cluster.settle();
    cluster.run(5_000);
    const ready = ['secure', 'asked-plainly', 'plain'].map((name) => cluster.container(name).ready);
    expect(ready).toEqual([true, false, false]);
    expect(cluster.events('plain').join('\n')).toContain('http: server gave HTTP response to HTTPS client');
    expect(cluster.events('asked-plainly').join('\n')).toContain('HTTP probe failed with statuscode: 400');
    expect(cluster.container('unpaired').restartCount).toBeGreaterThan(0);
  });
});

describe('hostile bytes', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.string().map((text) => new TextEncoder().encode(`GET / HTTP/1.1\r\nHost: a\r\n${text}\r\n\r\n`)),
    fc.string().map((text) => new TextEncoder().encode(`HTTP/1.1 200 OK\r\n${text}\r\n\r\n`)),
  );
  test('no bytes crash the readers of requests and responses, and nothing is taken that is not there', () => {
    fc.assert(
      fc.property(bytes, fc.boolean(), (input, ended) => {
        const request = parseRequest(input);
        if (request.kind === 'request') expect(request.consumedBytes).toBeLessThanOrEqual(input.length);
        const response = parseResponse(input, ended);
        if (response !== undefined) expect(response.body.length).toBeLessThanOrEqual(input.length);
      }),
      { numRuns: 300 },
    );
  });
});
