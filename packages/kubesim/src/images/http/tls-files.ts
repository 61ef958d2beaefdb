import { errnoText } from '@podwire/machine';
import type { DaemonContext } from '@podwire/machine';
import { utf8Decode, utf8Encode } from '@podwire/sim';
import { alertText, readKeyPair } from '@podwire/tls';
import type { Failure } from '@podwire/tls';

export type LoadedChain =
  | { readonly ok: true; readonly chain: readonly Uint8Array[] }
  /** As Go's tls.LoadX509KeyPair says it. */
  | { readonly ok: false; readonly message: string };

/** Loads a server's certificate chain, and checks that the key is its own. */
export function loadChain(daemon: DaemonContext, certificateFile: string, keyFile: string): LoadedChain {
  const texts: string[] = [];
  for (const path of [certificateFile, keyFile]) {
    const file = daemon.fs.readFile(path);
    if (!file.ok) return { ok: false, message: `open ${path}: ${errnoText(file.errno).toLowerCase()}` };
    texts.push(utf8Decode(file.value));
  }
  const [certificate = '', key = ''] = texts;
  const pair = readKeyPair(certificate, key);
  return pair.ok ? { ok: true, chain: pair.chain.map(({ der }) => der) } : pair;
}

/** What a server in Go answers a client that speaks plain HTTP to its HTTPS port. */
export const GO_PLAIN_TEXT = utf8Encode(
  'HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n',
);

/** Why a session failed, in the words of Go's crypto/tls. */
export function goFailure(failure: Failure): string {
  return failure.kind === 'not-tls'
    ? 'tls: first record does not look like a TLS handshake'
    : `remote error: tls: ${alertText(failure.alert)}`;
}
