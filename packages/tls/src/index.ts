export { OID } from './asn1/oid.ts';
export {
  digest,
  generateKey,
  keyBits,
  parsePrivateKey,
  privateKeyPem,
  SIGNATURES,
  traditionalKeyPem,
} from './keys/key.ts';
export type { CurveName, KeyKind, PrivateKey, PublicKey } from './keys/key.ts';
export { RSA_BITS } from './keys/rsa.ts';
export type { RandomBytes } from './keys/rsa.ts';
export { addressOctets, addressText } from './x509/address.ts';
export { issue, newAuthority } from './x509/authority.ts';
export type { CertificateUse } from './x509/authority.ts';
export { certificatePem, parseCertificate, parseCertificates } from './x509/certificate.ts';
export type { Certificate, Extension, GeneralName } from './x509/certificate.ts';
export {
  authorityKeyId,
  basicConstraints,
  extendedKeyUsage,
  hostName,
  KEY_USAGE,
  keyIdOf,
  keyUsage,
  signCertificate,
  subjectAltName,
  subjectKeyId,
} from './x509/issue.ts';
export type { Issuer, Template } from './x509/issue.ts';
export { readKeyPair } from './x509/key-pair.ts';
export type { KeyPair } from './x509/key-pair.ts';
export { isNameType } from './x509/name.ts';
export type { DistinguishedName, NamePart } from './x509/name.ts';
export { matchHost, verifyChain } from './x509/verify.ts';
export type { HostMatch, Verification, VerifyFailure } from './x509/verify.ts';
export { ALERT, alertText } from './session/alert.ts';
export {
  acceptPeer,
  closeSession,
  feed,
  newClientSession,
  newServerSession,
  rejectPeer,
  say,
  takeOutput,
  takeText,
} from './session/session.ts';
export type { ChooseChain, Failure, TlsSession } from './session/session.ts';
