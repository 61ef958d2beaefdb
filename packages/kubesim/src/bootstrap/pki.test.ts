import { parseCertificates, matchHost, verifyChain } from '@podwire/tls';
import { describe, expect, test } from 'vitest';
import { defaultConfig } from '../config.ts';
import { apiServerCertificate, certificateAuthorityPem, clusterAuthority } from './pki.ts';

const START_MS = Date.UTC(2026, 0, 1);
const config = defaultConfig({ seed: 3, startMs: START_MS });

describe('the authority of a cluster', () => {
  test('TLS3: the seed makes it: the same seed the same keys, another seed others', () => {
    const pem = certificateAuthorityPem(config);
    expect(certificateAuthorityPem({ ...config })).toBe(pem);
    expect(certificateAuthorityPem({ ...config, seed: 4 })).not.toBe(pem);
    expect(clusterAuthority(config)).toBe(clusterAuthority(config));
  });

  test('TLS2, TLS4: what kube-root-ca.crt holds verifies the API server under each of its names, for a year', () => {
    const roots = parseCertificates(certificateAuthorityPem(config)) ?? [];
    const { certificate } = apiServerCertificate(config);
    expect(verifyChain([certificate], { roots, nowMs: START_MS + 1 })).toMatchObject({ ok: true });
    const names = [
      'kubernetes',
      'kubernetes.default.svc.cluster.local',
      '10.96.0.1',
      'podwire-control-plane',
      '127.0.0.1',
    ];
    expect(names.map((name) => matchHost(certificate, name).kind)).toEqual(names.map(() => 'san'));
    expect(matchHost(certificate, 'other').kind).toBe('none');
    expect(verifyChain([certificate], { roots, nowMs: START_MS + 366 * 86_400_000 })).toMatchObject({
      reason: 'expired',
    });
  });
});
