import {
  acceptPeer,
  addressOctets,
  addressText,
  alertText,
  feed,
  matchHost,
  newClientSession,
  parseCertificate,
  parseCertificates,
  say,
  takeOutput,
  takeText,
  verifyChain,
} from '@podwire/tls';
import type { DistinguishedName, GeneralName, RandomBytes, TlsSession } from '@podwire/tls';

/** Where the programs of an image look for authorities (Debian's ca-certificates). */
export const AUTHORITIES_FILE = '/etc/ssl/certs/ca-certificates.crt';

/** What a server showed in its handshake. */
export interface ShownCertificate {
  /** `CN=web.example.com, O=Acme`. */
  readonly subject: string;
  readonly issuer: string;
  /** DNS names and addresses of its subjectAltName. */
  readonly names: readonly string[];
  /** A client in that place, which asked for this host, would take it. */
  readonly trusted: boolean;
}

/** A page that is asked for over TLS: the client looks at the certificate, and asks on whatever it thinks of it. */
export interface SecurePage {
  readonly session: TlsSession;
  readonly host: string;
  shown: ShownCertificate | undefined;
}

/** @param host the name or address that is asked for; an address is not sent as server name (RFC 6066 section 3). */
export function beginSecurePage(host: string, random: RandomBytes): SecurePage {
  const session = newClientSession({
    protocols: ['http/1.1'],
    random,
    ...(addressOctets(host) === undefined ? { serverName: host } : {}),
  });
  return { session, host, shown: undefined };
}

/** What a secure page needs of the place that asks. */
export interface Judging {
  readonly nowMs: number;
  /** PEM. */
  readonly authorities: string;
  /** Said as soon as the session is open. */
  readonly request: Uint8Array;
}

/** Takes what the socket gave. @returns what is for the socket, what the server said in the clear, and why it can't go on. */
export function hearSecurePage(
  page: SecurePage,
  bytes: Uint8Array,
  judging: Judging,
): { readonly output: Uint8Array; readonly text: Uint8Array; readonly trouble?: string } {
  const { session } = page;
  feed(session, bytes);
  if (session.phase === 'judging') {
    page.shown = judge(page, judging);
    acceptPeer(session);
    say(session, judging.request);
  }
  const heard = { output: takeOutput(session), text: takeText(session) };
  const { failure } = session;
  if (failure === undefined) return heard;
  const trouble =
    failure.kind === 'not-tls'
      ? 'The connection is open, but the server there does not speak TLS.'
      : `The TLS handshake failed: ${alertText(failure.alert)}.`;
  return { ...heard, trouble };
}

function judge({ session, host }: SecurePage, { nowMs, authorities }: Judging): ShownCertificate {
  const chain = session.chain.flatMap((der) => parseCertificate(der) ?? []);
  const [leaf] = chain;
  if (leaf === undefined) return { subject: '', issuer: '', names: [], trusted: false };
  const roots = parseCertificates(authorities) ?? [];
  return {
    subject: nameText(leaf.subject),
    issuer: nameText(leaf.issuer),
    names: leaf.subjectAltNames.flatMap(altName),
    trusted: verifyChain(chain, { roots, nowMs }).ok && matchHost(leaf, host).kind !== 'none',
  };
}

function nameText(name: DistinguishedName): string {
  return name.map(({ type, value }) => `${type}=${value}`).join(', ');
}

function altName(name: GeneralName): readonly string[] {
  if (name.kind === 'other') return [];
  return [name.kind === 'ip' ? addressText(name.octets) : name.name];
}

/** The ClientHello. */
export function handshakeOf({ session }: SecurePage): Uint8Array {
  return takeOutput(session);
}
