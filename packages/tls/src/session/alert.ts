/** Alert descriptions (RFC 8446 section 6). */
export const ALERT = {
  closeNotify: 0,
  unexpectedMessage: 10,
  badRecordMac: 20,
  recordOverflow: 22,
  handshakeFailure: 40,
  badCertificate: 42,
  certificateExpired: 45,
  unknownAuthority: 48,
  decodeError: 50,
  protocolVersion: 70,
  internalError: 80,
  unrecognizedName: 112,
  noApplicationProtocol: 120,
} as const;

const NAMES: ReadonlyMap<number, string> = new Map([
  [0, 'close notify'],
  [10, 'unexpected message'],
  [20, 'bad record mac'],
  [22, 'record overflow'],
  [40, 'handshake failure'],
  [42, 'bad certificate'],
  [45, 'certificate expired'],
  [48, 'unknown CA'],
  [50, 'decode error'],
  [70, 'protocol version'],
  [80, 'internal error'],
  [112, 'unrecognized name'],
  [120, 'no application protocol'],
]);

/** As OpenSSL prints it. */
export function alertText(alert: number): string {
  return NAMES.get(alert) ?? `unknown (${alert})`;
}
