import { readPem } from '../asn1/pem.ts';
import { parsePrivateKey, samePublicKey } from '../keys/key.ts';
import type { PrivateKey } from '../keys/key.ts';
import { parseCertificate } from './certificate.ts';
import type { Certificate } from './certificate.ts';

export type KeyPair =
  | { readonly ok: true; readonly chain: readonly Certificate[]; readonly key: PrivateKey }
  /** In the words of Go's crypto/tls, which kubectl and Kubernetes' servers pass on. */
  | { readonly ok: false; readonly message: string };

/** Reads a certificate chain and the key of its first certificate, as tls.X509KeyPair does. */
export function readKeyPair(certificatePem: string, keyPem: string): KeyPair {
  const fail = (message: string): KeyPair => ({ ok: false, message: `tls: ${message}` });
  const blocks = readPem(certificatePem);
  const certificates = blocks.filter(({ label }) => label === 'CERTIFICATE');
  if (certificates.length === 0) {
    if (blocks.length === 0) return fail('failed to find any PEM data in certificate input');
    const [first] = blocks;
    if (blocks.length === 1 && first?.label.endsWith('PRIVATE KEY') === true)
      return fail(
        'failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched',
      );
    return fail(
      `failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [${blocks.map(({ label }) => label).join(' ')}]`,
    );
  }
  const keys = readPem(keyPem);
  const found = keys.find(({ label }) => label === 'PRIVATE KEY' || label.endsWith(' PRIVATE KEY'));
  if (found === undefined) {
    if (keys.length === 0) return fail('failed to find any PEM data in key input');
    if (keys.length === 1 && keys[0]?.label === 'CERTIFICATE')
      return fail('found a certificate rather than a key in the PEM for the private key');
    return fail(
      `failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [${keys.map(({ label }) => label).join(' ')}]`,
    );
  }
  const chain = certificates.flatMap(({ bytes }) => parseCertificate(bytes) ?? []);
  const [leaf] = chain;
  if (leaf === undefined || chain.length < certificates.length)
    return { ok: false, message: 'x509: malformed certificate' };
  const key = parsePrivateKey(keyPem);
  if (key === undefined) return fail('failed to parse private key');
  if (leaf.publicKey.kind === 'other') return fail('unknown public key algorithm');
  if (leaf.publicKey.kind !== key.kind) return fail('private key type does not match public key type');
  if (!samePublicKey(leaf.publicKey, key.publicKey)) return fail('private key does not match public key');
  return { ok: true, chain, key };
}
