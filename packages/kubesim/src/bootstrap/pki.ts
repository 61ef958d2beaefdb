import { nextUint32, seedRandom } from '@podwire/sim';
import { certificatePem, issue, newAuthority, parseCertificates, parsePrivateKey } from '@podwire/tls';
import type { Issuer, RandomBytes } from '@podwire/tls';
import type { ClusterConfig } from '../config.ts';
import { apiServerAddresses } from './bootstrap.ts';
import { apiServiceAddress } from './system-objects.ts';

/** Parts of a seed that make keys, so that keys do not shift what else the seed decides. */
const AUTHORITY_STREAM = 0x70_6b_69_01;
const SERVER_STREAM = 0x70_6b_69_02;

/** What a cluster is made with decides its keys, so they are no part of its state: forks share them. */
const authorities = new WeakMap<ClusterConfig, Issuer>();
const servers = new WeakMap<ClusterConfig, Issuer>();

/** Octets of a seed and a purpose. */
function randomBytesOf(seed: number, stream: number): RandomBytes {
  const state = seedRandom((seed ^ stream) >>> 0);
  return (count) => Uint8Array.from({ length: count }, () => nextUint32(state) >>> 24);
}

/** The cluster's certificate authority: the adapter's, where one serves the API outside, else one of the seed. */
export function clusterAuthority(config: ClusterConfig): Issuer {
  const known = authorities.get(config);
  if (known !== undefined) return known;
  const made =
    givenAuthority(config) ??
    newAuthority({
      commonName: 'kubernetes',
      nowMs: config.startMs,
      random: randomBytesOf(config.seed, AUTHORITY_STREAM),
    });
  authorities.set(config, made);
  return made;
}

function givenAuthority({
  certificateAuthority,
  certificateAuthorityKey,
}: ClusterConfig): Issuer | undefined {
  if (certificateAuthority === undefined || certificateAuthorityKey === undefined) return undefined;
  const certificate = parseCertificates(certificateAuthority)?.[0];
  const key = parsePrivateKey(certificateAuthorityKey);
  return certificate === undefined || key === undefined ? undefined : { certificate, key };
}

/** What stands in every kube-root-ca.crt. */
export function certificateAuthorityPem(config: ClusterConfig): string {
  return config.certificateAuthority ?? certificatePem(clusterAuthority(config).certificate);
}

/** The API server's certificate, with the names that kubeadm and kind give it. */
export function apiServerCertificate(config: ClusterConfig): Issuer {
  const known = servers.get(config);
  if (known !== undefined) return known;
  const made = issue(clusterAuthority(config), {
    commonName: 'kube-apiserver',
    use: {
      kind: 'server',
      hosts: [
        'kubernetes',
        'kubernetes.default',
        'kubernetes.default.svc',
        `kubernetes.default.svc.${config.clusterDomain}`,
        ...config.nodes.filter(({ controlPlane }) => controlPlane).map(({ name }) => name),
        'localhost',
        apiServiceAddress(config),
        ...apiServerAddresses(config),
        '127.0.0.1',
      ],
    },
    nowMs: config.startMs,
    random: randomBytesOf(config.seed, SERVER_STREAM),
  });
  servers.set(config, made);
  return made;
}
