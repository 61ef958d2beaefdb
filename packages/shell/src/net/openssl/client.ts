import type { Process, Task } from '@podwire/machine';
import type { SocketId } from '@podwire/netsim';
import {
  acceptPeer,
  addressOctets,
  alertText,
  certificatePem,
  keyBits,
  matchHost,
  parseCertificate,
  parseCertificates,
  SIGNATURES,
  verifyChain,
} from '@podwire/tls';
import type { Certificate, TlsSession, Verification } from '@podwire/tls';
import { readAll } from '../../stdio/input.ts';
import { complain, print, writeBytes, writeText } from '../../stdio/output.ts';
import { issuerAndSubject, nameForOpenssl, timeText, verifyText } from '../certificate-text.ts';
import { resolveHost } from '../resolver.ts';
import { openTcp } from '../socket.ts';
import { endSecurely, flush, secureWire, shakeHands } from '../wire.ts';
import { lastOf, readInput, readWords } from './files.ts';

const MAX_ANSWER_BYTES = 4 * 1_048_576;

/** `openssl s_client`: shows a server's chain, then carries standard input to it. */
export function* client(process: Process, args: readonly string[]): Task {
  const words = readWords('s_client', args, {
    flags: ['showcerts', 'quiet', 'ign_eof', 'brief', 'tls1_3', 'noservername', 'verify_return_error'],
    values: ['connect', 'servername', 'CAfile', 'alpn', 'verify_hostname'],
  });
  if (typeof words === 'string') return yield* complain(process, words);
  const [, host = '', portText = ''] =
    /^(\[[^\]]+\]|[^:]*):(\d{1,5})$/.exec(lastOf(words, 'connect') ?? words.operands[0] ?? '') ?? [];
  if (host === '')
    return yield* complain(process, 's_client: -connect argument or target parameter malformed or ambiguous');
  const found = yield* resolveHost(process, host);
  if (found.kind !== 'found')
    return yield* complain(
      process,
      `${errorLine('BIO routines', 'BIO_lookup_ex', 'system lib', 'Name or service not known')}\nconnect:errno=22`,
    );
  const opened = yield* openTcp(process, { address: found.addresses[0] ?? '', port: Number(portText) });
  if (opened.kind !== 'open') {
    const [why, number] =
      opened.kind === 'timed-out' || opened.errno === 'ETIMEDOUT'
        ? ['Connection timed out', 110]
        : opened.errno === 'ECONNREFUSED'
          ? ['Connection refused', 111]
          : ['No route to host', 113];
    return yield* complain(
      process,
      `${errorLine('system library', 'BIO_connect', why, 'calling connect()')}\nconnect:errno=${number}`,
    );
  }
  const { socket } = opened;
  try {
    return yield* talk(process, socket, host.replace(/^\[(.*)\]$/, '$1'), words);
  } finally {
    process.net.close(socket);
  }
}

function errorLine(library: string, routine: string, reason: string, detail: string): string {
  return `error:${library}:${routine}:${reason}:${detail}`;
}

function* talk(
  process: Process,
  socket: SocketId,
  host: string,
  words: Exclude<ReturnType<typeof readWords>, string>,
): Task {
  const quiet = words.flags.has('quiet');
  if (!quiet) yield* print(process, 'CONNECTED(00000003)\n');
  const named = lastOf(words, 'servername') ?? (addressOctets(host) === undefined ? host : undefined);
  const hands = yield* shakeHands(process, socket, {
    protocols: lastOf(words, 'alpn')?.split(',') ?? [],
    ...(named === undefined || words.flags.has('noservername') ? {} : { serverName: named }),
  });
  if (hands.kind !== 'judging') {
    const failure = hands.kind === 'refused' ? hands.session.failure : undefined;
    const why =
      failure?.kind === 'not-tls'
        ? 'SSL routines:ssl3_get_record:wrong version number'
        : failure?.kind === 'alert-received'
          ? `SSL routines:ssl3_read_bytes:alert ${alertText(failure.alert)}:SSL alert number ${failure.alert}`
          : 'SSL routines:ssl3_read_n:unexpected eof while reading';
    yield* writeText(process.stderr, `error:${why}\n`);
    yield* print(
      process,
      '---\nno peer certificate available\n---\nNo client certificate CA names sent\n---\n',
    );
    return 1;
  }
  const { session } = hands;
  const chain = session.chain.flatMap((der) => parseCertificate(der) ?? []);
  const file = lastOf(words, 'CAfile');
  const bundle = file === undefined ? undefined : yield* readInput(process, file, 'CA certificates');
  const roots = bundle === undefined ? [] : (parseCertificates(bundle) ?? []);
  const verdict = verifyChain(chain, { roots, nowMs: process.nowMs() });
  yield* writeText(process.stderr, verificationLines(chain, verdict));
  acceptPeer(session);
  yield* flush(process, socket, session);
  if (!quiet)
    yield* print(
      process,
      report(session, chain, verdict, words.flags.has('showcerts'), lastOf(words, 'verify_hostname')),
    );
  const wire = secureWire(process, socket, session);
  const typed = yield* readAll(process.stdin);
  if (typed.length > 0) yield* wire.send(typed);
  if (quiet || words.flags.has('ign_eof')) {
    for (let size = 0; size < MAX_ANSWER_BYTES;) {
      const got = yield* wire.receive();
      if (got.kind !== 'data') break;
      size += got.data.length;
      yield* writeBytes(process.stdout, got.data);
    }
  } else yield* writeText(process.stderr, 'DONE\n');
  yield* endSecurely(process, socket, session);
  return 0;
}

function verificationLines(chain: readonly Certificate[], verdict: Verification): string {
  const [leaf] = chain;
  if (leaf === undefined) return '';
  if (verdict.ok)
    return verdict.chain
      .map((certificate, depth) => `depth=${depth} ${nameForOpenssl(certificate.subject)}\nverify return:1\n`)
      .reverse()
      .join('');
  const at = chain[verdict.depth] ?? leaf;
  return `depth=${verdict.depth} ${nameForOpenssl(at.subject)}\nverify error:num=${verdict.code}:${verifyText(verdict)}\nverify return:1\n${verdict.depth === 0 ? '' : `depth=0 ${nameForOpenssl(leaf.subject)}\n`}verify return:1\n`;
}

function report(
  session: TlsSession,
  chain: readonly Certificate[],
  verdict: Verification,
  all: boolean,
  hostname: string | undefined,
): string {
  const [leaf] = chain;
  if (leaf === undefined) return '---\nno peer certificate available\n---\n';
  const { subject, issuer } = issuerAndSubject(leaf);
  const listed = chain.flatMap((certificate, index) => {
    const names = issuerAndSubject(certificate);
    const key = certificate.publicKey;
    return [
      ` ${index} s:${names.subject}`,
      `   i:${names.issuer}`,
      `   a:PKEY: ${key.kind === 'ec' ? 'id-ecPublicKey' : 'rsaEncryption'}, ${keyBits(key)} (bit); sigalg: ${algorithmName(certificate)}`,
      `   v:NotBefore: ${timeText(certificate.notBeforeMs)}; NotAfter: ${timeText(certificate.notAfterMs)}`,
      ...(all ? [certificatePem(certificate).trimEnd()] : []),
    ];
  });
  const mismatch = hostname !== undefined && matchHost(leaf, hostname).kind === 'none';
  const code = verdict.ok
    ? mismatch
      ? '62 (hostname mismatch)'
      : '0 (ok)'
    : `${verdict.code} (${verifyText(verdict)})`;
  return `${[
    '---',
    'Certificate chain',
    ...listed,
    '---',
    'Server certificate',
    ...(all ? [] : [certificatePem(leaf).trimEnd()]),
    `subject=${subject}`,
    '',
    `issuer=${issuer}`,
    '',
    '---',
    'No client certificate CA names sent',
    'Peer signing digest: SHA256',
    `Peer signature type: ${leaf.publicKey.kind === 'ec' ? 'ECDSA' : 'RSA-PSS'}`,
    'Server Temp Key: X25519, 253 bits',
    '---',
    verdict.ok ? 'Verification: OK' : `Verification error: ${verifyText(verdict)}`,
    '---',
    'New, TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384',
    `Server public key is ${keyBits(leaf.publicKey)} bit`,
    'Secure Renegotiation IS NOT supported',
    'Compression: NONE',
    'Expansion: NONE',
    session.alpn === undefined ? 'No ALPN negotiated' : `ALPN protocol: ${session.alpn}`,
    'Early data was not sent',
    `Verify return code: ${code}`,
    '---',
  ].join('\n')}\n`;
}

function algorithmName({ signatureAlgorithm }: Certificate): string {
  const name = SIGNATURES[signatureAlgorithm]?.name ?? signatureAlgorithm;
  return name
    .replace('WithRSAEncryption', '')
    .replace(/^sha/, (text) => (name.includes('RSA') ? `RSA-${text.toUpperCase()}` : text));
}

/** `openssl verify -CAfile FILE CERT`. */
export function* verify(process: Process, args: readonly string[]): Task {
  const words = readWords('verify', args, { flags: [], values: ['CAfile', 'untrusted', 'verify_hostname'] });
  if (typeof words === 'string') return yield* complain(process, words);
  const [name] = words.operands;
  const texts: string[] = [];
  for (const path of [lastOf(words, 'CAfile'), lastOf(words, 'untrusted')]) {
    const text = path === undefined ? '' : yield* readInput(process, path, 'certificate');
    if (text === undefined) return 2;
    texts.push(text);
  }
  const subject = yield* readInput(process, name, 'certificate file');
  if (subject === undefined) return 2;
  const [leaf] = parseCertificates(subject) ?? [];
  if (leaf === undefined)
    return yield* complain(
      process,
      `Could not read certificate file from ${name ?? '<stdin>'}\nUnable to load certificate`,
      2,
    );
  const [roots = [], others = []] = texts.map((text) => parseCertificates(text) ?? []);
  const verdict = verifyChain([leaf, ...others], { roots, nowMs: process.nowMs() });
  const shown = name ?? 'stdin';
  const wanted = lastOf(words, 'verify_hostname');
  if (verdict.ok && (wanted === undefined || matchHost(leaf, wanted).kind !== 'none')) {
    yield* print(process, `${shown}: OK\n`);
    return 0;
  }
  const [code, depth, why] = verdict.ok
    ? [62, 0, 'hostname mismatch']
    : [verdict.code, verdict.depth, verifyText(verdict)];
  const at = [leaf, ...others][depth] ?? leaf;
  return yield* complain(
    process,
    `${nameForOpenssl(at.subject)}\nerror ${code} at ${depth} depth lookup: ${why}\nerror ${shown}: verification failed`,
    2,
  );
}
