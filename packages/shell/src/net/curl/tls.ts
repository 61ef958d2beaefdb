import { absolutePath } from '@podwire/machine';
import type { Process, Task } from '@podwire/machine';
import type { SocketId } from '@podwire/netsim';
import { utf8Decode } from '@podwire/sim';
import {
  acceptPeer,
  addressOctets,
  ALERT,
  alertText,
  matchHost,
  parseCertificate,
  parseCertificates,
  rejectPeer,
  verifyChain,
} from '@podwire/tls';
import type { Certificate, Failure, VerifyFailure } from '@podwire/tls';
import { writeText } from '../../stdio/output.ts';
import { has, valueOf } from '../arguments.ts';
import type { Arguments } from '../arguments.ts';
import { nameForCurl, timeText, verifyText } from '../certificate-text.ts';
import type { Url } from '../url.ts';
import { endSecurely, flush, secureWire, shakeHands } from '../wire.ts';
import type { Wire } from '../wire.ts';

/** Where Debian's libcurl looks for authorities. */
const SYSTEM_BUNDLE = '/etc/ssl/certs/ca-certificates.crt';
const SYSTEM_FOLDER = '/etc/ssl/certs';
const PROTOCOLS = ['h2', 'http/1.1'] as const;

/** curl's exit codes for TLS (curl(1)). */
const EXIT = { timeout: 28, connect: 35, verification: 60, authorities: 77 } as const;

const DETAILS =
  '\nMore details here: https://curl.se/docs/sslcerts.html\n\ncurl failed to verify the legitimacy of the server and therefore could not\nestablish a secure connection to it. To learn more about this situation and\nhow to fix it, please visit the web page mentioned above.';

export type Secured =
  | { readonly ok: true; readonly wire: Wire; readonly verifyResult: number }
  | { readonly ok: false; readonly exitCode: number; readonly message: string };

/** Puts TLS over a connection, and judges the server as libcurl with OpenSSL does. */
export function* secure(
  process: Process,
  args: Arguments,
  socket: SocketId,
  url: Url,
  deadlineMs: number | undefined,
): Task<Secured> {
  const say = function* (text: string): Task<void> {
    if (has(args, 'v')) yield* writeText(process.stderr, `* ${text}\n`);
  };
  const host = url.host.replace(/^\[(.*)\]$/, '$1');
  const roots = authorities(process, args);
  if (!roots.ok) return roots;
  yield* say(`ALPN: offers ${PROTOCOLS.join(',')}`);
  yield* say('TLSv1.3 (OUT), TLS handshake, Client hello (1):');
  if (!has(args, 'k')) {
    const given = valueOf(args, 'cacert');
    yield* say(` CAfile: ${given ?? SYSTEM_BUNDLE}`);
    yield* say(` CApath: ${given === undefined ? SYSTEM_FOLDER : 'none'}`);
  }
  const hands = yield* shakeHands(process, socket, {
    protocols: PROTOCOLS,
    ...(addressOctets(host) === undefined ? { serverName: host } : {}),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
  });
  if (hands.kind !== 'judging' && hands.kind !== 'refused') {
    if (hands.kind === 'timed-out')
      return { ok: false, exitCode: EXIT.timeout, message: 'SSL connection timeout' };
    const what = hands.kind === 'closed' ? 'SSL_ERROR_SYSCALL' : 'Connection reset by peer';
    const message = `OpenSSL SSL_connect: ${what} in connection to ${url.host}:${url.port} `;
    yield* say(message);
    return { ok: false, exitCode: EXIT.connect, message };
  }
  const { session } = hands;
  if (hands.kind === 'refused') {
    const message = refusalText(session.failure);
    if (session.failure?.kind === 'alert-received')
      yield* say(
        `TLSv1.3 (IN), TLS alert, ${alertText(session.failure.alert)} (${512 + session.failure.alert}):`,
      );
    yield* say(message);
    return { ok: false, exitCode: EXIT.connect, message };
  }
  for (const step of ['Server hello (2)', 'Encrypted Extensions (8)', 'Certificate (11)'])
    yield* say(`TLSv1.3 (IN), TLS handshake, ${step}:`);
  const chain = session.chain.flatMap((der) => parseCertificate(der) ?? []);
  const [leaf] = chain;
  const verdict = verifyChain(chain, { roots: roots.certificates, nowMs: process.nowMs() });
  if (leaf === undefined || (!verdict.ok && !has(args, 'k'))) {
    const alert = leaf === undefined || verdict.ok ? ALERT.badCertificate : alertFor(verdict);
    rejectPeer(session, alert);
    yield* flush(process, socket, session, deadlineMs);
    const problem = `SSL certificate problem: ${verdict.ok ? 'the certificate cannot be read' : verifyText(verdict)}`;
    yield* say(`TLSv1.3 (OUT), TLS alert, ${alertText(alert)} (${512 + alert}):`);
    yield* say(problem);
    return { ok: false, exitCode: EXIT.verification, message: problem + DETAILS };
  }
  for (const step of ['CERT verify (15)', 'Finished (20)'])
    yield* say(`TLSv1.3 (IN), TLS handshake, ${step}:`);
  acceptPeer(session);
  yield* flush(process, socket, session, deadlineMs);
  yield* say('TLSv1.3 (OUT), TLS change cipher, Change cipher spec (1):');
  yield* say('TLSv1.3 (OUT), TLS handshake, Finished (20):');
  yield* say('SSL connection using TLSv1.3 / TLS_AES_256_GCM_SHA384');
  yield* say(
    session.alpn === undefined
      ? 'ALPN: server did not agree on a protocol. Uses default.'
      : `ALPN: server accepted ${session.alpn}`,
  );
  yield* say('Server certificate:');
  yield* say(` subject: ${nameForCurl(leaf.subject)}`);
  yield* say(` start date: ${timeText(leaf.notBeforeMs)}`);
  yield* say(` expire date: ${timeText(leaf.notAfterMs)}`);
  if (!has(args, 'k')) {
    const named = matchHost(leaf, host);
    const mismatch = mismatchText(named.kind, named.kind === 'none' && named.hasNames, leaf, host);
    if (named.kind === 'san') yield* say(` subjectAltName: host "${host}" matched cert's "${named.pattern}"`);
    else if (named.kind === 'common-name') yield* say(` common name: ${named.pattern} (matched)`);
    if (mismatch !== undefined) {
      if (named.kind === 'none' && named.hasNames) yield* say(` subjectAltName does not match ${host}`);
      yield* say(mismatch);
      yield* endSecurely(process, socket, session);
      return { ok: false, exitCode: EXIT.verification, message: mismatch + DETAILS };
    }
  }
  yield* say(` issuer: ${nameForCurl(leaf.issuer)}`);
  yield* say(
    verdict.ok
      ? ' SSL certificate verify ok.'
      : ` SSL certificate verify result: ${verifyText(verdict)} (${verdict.code}), continuing anyway.`,
  );
  return {
    ok: true,
    wire: secureWire(process, socket, session),
    verifyResult: verdict.ok ? 0 : verdict.code,
  };
}

function authorities(
  process: Process,
  args: Arguments,
):
  | { readonly ok: true; readonly certificates: readonly Certificate[] }
  | { readonly ok: false; readonly exitCode: number; readonly message: string } {
  const given = valueOf(args, 'cacert');
  const file = process.fs.readFile(absolutePath(process.cwd, given ?? SYSTEM_BUNDLE));
  const certificates = file.ok ? parseCertificates(utf8Decode(file.value)) : undefined;
  if (certificates === undefined && given !== undefined && !has(args, 'k'))
    return {
      ok: false,
      exitCode: EXIT.authorities,
      message: `error setting certificate verify locations:  CAfile: ${given} CApath: none`,
    };
  return { ok: true, certificates: certificates ?? [] };
}

function alertFor({ reason }: VerifyFailure): number {
  if (reason === 'expired') return ALERT.certificateExpired;
  return reason === 'not-yet-valid' || reason === 'bad-signature'
    ? ALERT.badCertificate
    : ALERT.unknownAuthority;
}

/** As Debian's curl names its OpenSSL before an error of it. */
const LIBRARY = 'OpenSSL/3.0.19';

/** OpenSSL 3.0's error strings, with their numbers. */
const ALERT_ERRORS: Readonly<Record<number, string>> = {
  [ALERT.handshakeFailure]: '0A000410:SSL routines::sslv3 alert handshake failure',
  [ALERT.protocolVersion]: '0A00042E:SSL routines::tlsv1 alert protocol version',
  [ALERT.internalError]: '0A000438:SSL routines::tlsv1 alert internal error',
  [ALERT.unrecognizedName]: '0A000458:SSL routines::tlsv1 unrecognized name',
  [ALERT.noApplicationProtocol]: '0A000460:SSL routines::tlsv1 alert no application protocol',
};

function refusalText(failure: Failure | undefined): string {
  if (failure?.kind === 'not-tls') return `${LIBRARY}: error:0A00010B:SSL routines::wrong version number`;
  if (failure?.kind === 'alert-received')
    return `${LIBRARY}: error:${ALERT_ERRORS[failure.alert] ?? `0A000${(1_000 + failure.alert).toString(16).toUpperCase()}:SSL routines::reason(${1_000 + failure.alert})`}`;
  return `${LIBRARY}: error:0A0000F4:SSL routines::unexpected message`;
}

function mismatchText(
  kind: 'san' | 'common-name' | 'none',
  hasNames: boolean,
  leaf: Certificate,
  host: string,
): string | undefined {
  if (kind !== 'none') return undefined;
  if (hasNames) return `SSL: no alternative certificate subject name matches target host name '${host}'`;
  const commonName = leaf.subject.findLast(({ type }) => type === 'CN')?.value;
  return commonName === undefined
    ? 'SSL: unable to obtain common name from peer certificate'
    : `SSL: certificate subject name '${commonName}' does not match target host name '${host}'`;
}
