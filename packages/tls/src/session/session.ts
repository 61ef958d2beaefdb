import { readOrUndefined } from '../asn1/der.ts';
import { concatBytes } from '../asn1/write.ts';
import type { RandomBytes } from '../keys/rsa.ts';
import { ALERT } from './alert.ts';
import { finishedValue, maskRecord, sessionSecret, unmaskRecord } from './mask.ts';
import * as messages from './messages.ts';
import type { ClientHello } from './messages.ts';

/** Record types (RFC 8446 section 5.1). */
const RECORD = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const;
const HEADER_BYTES = 5;
const MAX_FRAGMENT_BYTES = 16_384;
/** A record's content with the inner type and the tag (RFC 8446 section 5.2 allows 256 more). */
const MAX_RECORD_BYTES = MAX_FRAGMENT_BYTES + 256;
/** Handshake messages that wait for their end, bytes: chains are smaller. */
const MAX_HANDSHAKE_BYTES = 262_144;

export type Failure =
  /** The peer said so. */
  | { readonly kind: 'alert-received'; readonly alert: number }
  /** This side said so. */
  | { readonly kind: 'alert-sent'; readonly alert: number }
  /** What came is no TLS: a request or an answer in plain text, for example. */
  | { readonly kind: 'not-tls'; readonly received: Uint8Array };

/** One end of a connection: plain data, so that it forks. The holder carries `output` to its socket. */
export interface TlsSession {
  readonly role: 'client' | 'server';
  /** `judging`: the client holds the server's chain, and says `acceptPeer` or `rejectPeer`. */
  phase: 'hello' | 'handshake' | 'judging' | 'open' | 'closed' | 'failed';
  /** Bytes for the socket. */
  output: Uint8Array;
  /** What the peer said, in the clear. */
  text: Uint8Array;
  /** The name that the client asked for, and the protocol that was agreed on. */
  serverName: string | undefined;
  alpn: string | undefined;
  readonly protocols: readonly string[];
  /** DER of what the server showed, its own first. */
  chain: readonly Uint8Array[];
  failure: Failure | undefined;
  input: Uint8Array;
  handshake: Uint8Array;
  random: Uint8Array;
  share: Uint8Array;
  secret: Uint8Array | undefined;
  sent: number;
  received: number;
}

const EMPTY = new Uint8Array(0);

function newSession(
  role: 'client' | 'server',
  protocols: readonly string[],
  random: RandomBytes,
): TlsSession {
  return {
    role,
    phase: 'hello',
    output: EMPTY,
    text: EMPTY,
    serverName: undefined,
    alpn: undefined,
    protocols,
    chain: [],
    failure: undefined,
    input: EMPTY,
    handshake: EMPTY,
    random: random(messages.RANDOM_BYTES),
    share: random(messages.RANDOM_BYTES),
    secret: undefined,
    sent: 0,
    received: 0,
  };
}

/** A client's end, its ClientHello in `output`. */
export function newClientSession(options: {
  /** Absent for addresses (RFC 6066 section 3). */
  readonly serverName?: string;
  readonly protocols?: readonly string[];
  readonly random: RandomBytes;
}): TlsSession {
  const { serverName, protocols = [], random } = options;
  const session = newSession('client', protocols, random);
  session.serverName = serverName;
  const hello = messages.writeClientHello({
    random: session.random,
    sessionId: random(messages.RANDOM_BYTES),
    serverName,
    alpn: protocols,
    share: session.share,
  });
  send(session, RECORD.handshake, hello);
  return session;
}

/** A server's end. `protocols`: what it speaks, the preferred first; none: it leaves ALPN alone. */
export function newServerSession(options: {
  readonly protocols?: readonly string[];
  readonly random: RandomBytes;
}): TlsSession {
  return newSession('server', options.protocols ?? [], options.random);
}

/** The chain that a server shows to this client, DER, its own certificate first; an alert when it has none. */
export type ChooseChain = (hello: Pick<ClientHello, 'serverName' | 'alpn'>) => readonly Uint8Array[] | number;

/** Takes what the socket gave. Servers say what they show. */
export function feed(session: TlsSession, bytes: Uint8Array, choose?: ChooseChain): void {
  if (session.phase === 'failed' || session.phase === 'closed') return;
  session.input = concatBytes(session.input, bytes);
  while (session.input.length > 0 && session.phase !== 'judging' && isAlive(session)) {
    const [type = 0, major = 0] = session.input;
    const known = type >= RECORD.changeCipherSpec && type <= RECORD.applicationData;
    if (!known || (session.input.length > 1 && major !== 3)) {
      session.failure = { kind: 'not-tls', received: session.input };
      session.phase = 'failed';
      return;
    }
    if (session.input.length < HEADER_BYTES) return;
    const length = (session.input[3] ?? 0) * 256 + (session.input[4] ?? 0);
    if (length > MAX_RECORD_BYTES) return fail(session, ALERT.recordOverflow);
    if (session.input.length < HEADER_BYTES + length) return;
    const body = session.input.subarray(HEADER_BYTES, HEADER_BYTES + length);
    session.input = session.input.slice(HEADER_BYTES + length);
    onRecord(session, type, body, choose);
  }
}

function isAlive(session: TlsSession): boolean {
  return session.phase !== 'failed' && session.phase !== 'closed';
}

function onRecord(
  session: TlsSession,
  type: number,
  body: Uint8Array,
  choose: ChooseChain | undefined,
): void {
  if (type === RECORD.changeCipherSpec) return;
  let [inner, content] = [type, body];
  if (type === RECORD.applicationData) {
    const peer = session.role === 'client' ? 'server' : 'client';
    const opened =
      session.secret === undefined ? undefined : unmaskRecord(session.secret, peer, session.received++, body);
    if (opened === undefined || opened.length === 0)
      return fail(session, session.secret === undefined ? ALERT.unexpectedMessage : ALERT.badRecordMac);
    inner = opened[opened.length - 1] ?? 0;
    content = opened.subarray(0, opened.length - 1);
  } else if (session.secret !== undefined && type === RECORD.handshake)
    return fail(session, ALERT.unexpectedMessage);
  if (inner === RECORD.alert) return onAlert(session, content);
  if (inner === RECORD.handshake) return onHandshake(session, content, choose);
  if (session.phase !== 'open') return fail(session, ALERT.unexpectedMessage);
  session.text = concatBytes(session.text, content);
}

function onAlert(session: TlsSession, content: Uint8Array): void {
  const alert = content[1] ?? ALERT.decodeError;
  if (alert === ALERT.closeNotify && session.phase === 'open') session.phase = 'closed';
  else {
    session.failure = { kind: 'alert-received', alert };
    session.phase = 'failed';
  }
}

function onHandshake(session: TlsSession, content: Uint8Array, choose: ChooseChain | undefined): void {
  session.handshake = concatBytes(session.handshake, content);
  if (session.handshake.length > MAX_HANDSHAKE_BYTES) return fail(session, ALERT.decodeError);
  while (session.handshake.length >= 4 && isAlive(session)) {
    const [type = 0, high = 0, middle = 0, low = 0] = session.handshake;
    const length = (high << 16) | (middle << 8) | low;
    if (session.handshake.length < 4 + length) return;
    const body = session.handshake.slice(4, 4 + length);
    session.handshake = session.handshake.slice(4 + length);
    const handled = readOrUndefined(() =>
      session.role === 'server'
        ? onClientMessage(session, type, body, choose)
        : onServerMessage(session, type, body),
    );
    if (handled === undefined) fail(session, ALERT.decodeError);
  }
}

function onClientMessage(
  session: TlsSession,
  type: number,
  body: Uint8Array,
  choose: ChooseChain | undefined,
): true {
  if (type === messages.MESSAGE.clientHello && session.phase === 'hello') {
    answerHello(session, messages.readClientHello(body), choose);
    return true;
  }
  const expected = session.secret === undefined ? EMPTY : finishedValue(session.secret, 'client');
  if (type === messages.MESSAGE.finished && session.phase === 'handshake' && sameBytes(expected, body))
    session.phase = 'open';
  else fail(session, ALERT.unexpectedMessage);
  return true;
}

function answerHello(session: TlsSession, hello: ClientHello, choose: ChooseChain | undefined): void {
  session.serverName = hello.serverName;
  if (!hello.offersTls13) return fail(session, ALERT.protocolVersion);
  if (session.protocols.length > 0 && hello.alpn.length > 0) {
    session.alpn = session.protocols.find((protocol) => hello.alpn.includes(protocol));
    if (session.alpn === undefined) return fail(session, ALERT.noApplicationProtocol);
  }
  const chain = choose?.(hello) ?? ALERT.internalError;
  if (typeof chain === 'number') return fail(session, chain);
  session.chain = chain;
  const { random, share } = session;
  send(session, RECORD.handshake, messages.writeServerHello({ random, sessionId: hello.sessionId, share }));
  session.secret = sessionSecret([hello.random, random, hello.share, share]);
  sendPlain(session, RECORD.changeCipherSpec, Uint8Array.of(1));
  const rest = [
    messages.writeEncryptedExtensions(session.alpn),
    messages.writeCertificateMessage(chain),
    messages.writeCertificateVerify(),
    messages.message(messages.MESSAGE.finished, finishedValue(session.secret, 'server')),
  ];
  session.phase = 'handshake';
  send(session, RECORD.handshake, concatBytes(...rest));
}

function onServerMessage(session: TlsSession, type: number, body: Uint8Array): true {
  if (session.phase === 'hello' && type === messages.MESSAGE.serverHello) {
    const hello = messages.readServerHello(body);
    if (!hello.isTls13) fail(session, ALERT.protocolVersion);
    else {
      session.secret = sessionSecret([session.random, hello.random, session.share, hello.share]);
      session.phase = 'handshake';
    }
  } else if (session.phase !== 'handshake') fail(session, ALERT.unexpectedMessage);
  else if (type === messages.MESSAGE.encryptedExtensions)
    session.alpn = messages.readEncryptedExtensions(body);
  else if (type === messages.MESSAGE.certificate) session.chain = messages.readCertificateMessage(body);
  else if (type === messages.MESSAGE.finished) {
    const expected = session.secret === undefined ? EMPTY : finishedValue(session.secret, 'server');
    if (session.chain.length === 0 || !sameBytes(expected, body)) fail(session, ALERT.unexpectedMessage);
    else session.phase = 'judging';
  } else if (type !== messages.MESSAGE.certificateVerify) fail(session, ALERT.unexpectedMessage);
  return true;
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((octet, index) => octet === right[index]);
}

/** The client trusts the server: from here on both may speak. */
export function acceptPeer(session: TlsSession): void {
  if (session.phase !== 'judging' || session.secret === undefined) return;
  sendPlain(session, RECORD.changeCipherSpec, Uint8Array.of(1));
  send(
    session,
    RECORD.handshake,
    messages.message(messages.MESSAGE.finished, finishedValue(session.secret, 'client')),
  );
  session.phase = 'open';
  // What came behind the handshake waits in `input`.
  feed(session, EMPTY);
}

export function rejectPeer(session: TlsSession, alert: number): void {
  if (session.phase === 'judging') fail(session, alert);
}

/** Says something, once the session is open. */
export function say(session: TlsSession, text: Uint8Array): void {
  if (session.phase !== 'open') return;
  send(session, RECORD.applicationData, text);
}

/** Ends the session in order: the peer hears that nothing more comes. */
export function closeSession(session: TlsSession): void {
  if (session.phase !== 'open') return;
  send(session, RECORD.alert, Uint8Array.of(1, ALERT.closeNotify));
  session.phase = 'closed';
}

/** Takes what the socket is to send. */
export function takeOutput(session: TlsSession): Uint8Array {
  const { output } = session;
  session.output = EMPTY;
  return output;
}

/** Takes what the peer said. */
export function takeText(session: TlsSession): Uint8Array {
  const { text } = session;
  session.text = EMPTY;
  return text;
}

function fail(session: TlsSession, alert: number): void {
  send(session, RECORD.alert, Uint8Array.of(2, alert));
  session.failure = { kind: 'alert-sent', alert };
  session.phase = 'failed';
}

function sendPlain(session: TlsSession, type: number, content: Uint8Array): void {
  const header = Uint8Array.of(type, 3, 3, content.length >> 8, content.length & 0xff);
  session.output = concatBytes(session.output, header, content);
}

/** In records of at most 16 KiB; masked as soon as both sides have the secret. */
function send(session: TlsSession, type: number, content: Uint8Array): void {
  const parts = [session.output];
  for (let at = 0; at < content.length; at += MAX_FRAGMENT_BYTES) {
    const fragment = content.subarray(at, at + MAX_FRAGMENT_BYTES);
    const { secret, role } = session;
    const body =
      secret === undefined
        ? fragment
        : maskRecord(secret, role, session.sent++, concatBytes(fragment, Uint8Array.of(type)));
    const outer = secret === undefined ? type : RECORD.applicationData;
    parts.push(Uint8Array.of(outer, 3, 3, body.length >> 8, body.length & 0xff), body);
  }
  session.output = concatBytes(...parts);
}
