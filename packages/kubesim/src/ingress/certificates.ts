import * as tls from '@podwire/tls';
import type { Certificate, RandomBytes } from '@podwire/tls';
import type { Secret } from 'kubernetes-types/core/v1';
import type { Ingress } from 'kubernetes-types/networking/v1';
import type { KubeClient } from '../api/client.ts';
import { decodeBase64 } from '../api/base64.ts';

const YEAR_MS = 365 * 86_400_000;

/** The certificate that ingress-nginx makes when it starts, and shows where it has no better one. */
export function fakeCertificate(nowMs: number, random: RandomBytes): Uint8Array {
  const key = tls.generateKey({ kind: 'ec', curve: 'P-256' }, random);
  return tls.signCertificate(
    {
      subject: [
        { type: 'O', value: 'Acme Co' },
        { type: 'CN', value: 'Kubernetes Ingress Controller Fake Certificate' },
      ],
      notBeforeMs: nowMs,
      notAfterMs: nowMs + YEAR_MS,
      extensions: [
        tls.keyUsage([tls.KEY_USAGE.digitalSignature, tls.KEY_USAGE.keyEncipherment]),
        tls.extendedKeyUsage([tls.OID.serverAuth]),
        tls.basicConstraints(false),
        tls.subjectAltName([tls.hostName('ingress.local')]),
      ],
    },
    key,
    { self: key },
    random,
  ).der;
}

/** One host's section `tls` of an Ingress: absent, without a usable certificate, or with one. */
export type HostCertificate =
  | { readonly kind: 'none' }
  /** Shown is the fake one; `why` is what the controller logs. */
  | { readonly kind: 'default'; readonly why: string }
  | { readonly kind: 'chain'; readonly chain: readonly Uint8Array[] };

/** ING9: the certificate that an Ingress gives a host, as ingress-nginx chooses it. */
export function hostCertificate(client: KubeClient, ingress: Ingress, host: string): HostCertificate {
  const namespace = ingress.metadata?.namespace ?? 'default';
  const sections = ingress.spec?.tls ?? [];
  const named = sections.find(({ hosts }) => hosts?.some((each) => each.toLowerCase() === host) === true);
  if (named !== undefined) {
    const { secretName } = named;
    if (secretName === undefined || secretName === '')
      return {
        kind: 'default',
        why: `Host "${host}" is listed in the TLS section but secretName is empty. Using default certificate`,
      };
    const key = `${namespace}/${secretName}`;
    const chain = secretChain(client, namespace, secretName);
    if (chain === undefined)
      return {
        kind: 'default',
        why: `Error getting SSL certificate "${key}": local SSL certificate ${key} was not found. Using default certificate`,
      };
    if (!covers(chain, host))
      return {
        kind: 'default',
        why: `SSL certificate "${key}" does not contain a Common Name or Subject Alternative Name for server "${host}". Using default certificate`,
      };
    return { kind: 'chain', chain: chain.map(({ der }) => der) };
  }
  // A section that names no host gives its certificate to the hosts that the certificate names.
  for (const { secretName, hosts } of sections) {
    if (secretName === undefined || secretName === '' || (hosts ?? []).length > 0) continue;
    const chain = secretChain(client, namespace, secretName);
    if (chain !== undefined && covers(chain, host))
      return { kind: 'chain', chain: chain.map(({ der }) => der) };
  }
  return { kind: 'none' };
}

function covers([leaf]: readonly Certificate[], host: string): boolean {
  return leaf !== undefined && tls.matchHost(leaf, host.replace(/^\*\./, 'a.')).kind !== 'none';
}

/** The chain of a Secret of type kubernetes.io/tls; undefined where there is none that fits its key. */
export function secretChain(
  client: KubeClient,
  namespace: string,
  name: string,
): readonly Certificate[] | undefined {
  const secret = client.get('Secret', namespace, name);
  if (secret === undefined) return undefined;
  const known = chains.get(secret);
  if (known !== undefined) return known.chain;
  const chain = readChain(secret);
  chains.set(secret, { chain });
  return chain;
}

/** Every request and handshake asks for it, and whether a key fits its certificate takes a scalar multiplication. */
const chains = new WeakMap<Secret, { readonly chain: readonly Certificate[] | undefined }>();

function readChain({ data }: Secret): readonly Certificate[] | undefined {
  const [certificate, key] = [data?.['tls.crt'], data?.['tls.key']].map((text) =>
    text === undefined ? undefined : decodeBase64(text),
  );
  if (certificate === undefined || key === undefined) return undefined;
  const pair = tls.readKeyPair(certificate, key);
  return pair.ok ? pair.chain : undefined;
}
