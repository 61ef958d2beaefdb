import { acceptPeer, alertText, feed, newClientSession, say, takeOutput, takeText } from '@podwire/tls';
import type { RandomBytes, TlsSession } from '@podwire/tls';
import type { PortSession } from '../server.ts';

/**
 * A connection over TLS, as the API server opens it for `https:name:port`: without a server name, and without a
 * look at the certificate, since pods have none that it could know.
 */
export function overTls(wire: PortSession, random: RandomBytes): PortSession {
  const tls = newClientSession({ protocols: ['http/1.1'], random });
  /** Of the clear text, what was said before the session was open; of records, what the wire has not taken. */
  let [waiting, unsent] = [new Uint8Array(0), new Uint8Array(0)];
  let over = false;
  let onData: (data: Uint8Array) => void = () => undefined;
  let onEnd: (error: string | undefined) => void = () => undefined;
  const carry = (): void => {
    unsent = joined(unsent, takeOutput(tls));
    if (unsent.length > 0) unsent = unsent.slice(wire.write(unsent));
  };
  const end = (error: string | undefined): void => {
    if (over) return;
    over = true;
    onEnd(error);
  };
  carry();
  wire.onData((bytes) => {
    feed(tls, bytes);
    acceptPeer(tls);
    if (tls.phase === 'open' && waiting.length > 0) {
      say(tls, waiting);
      waiting = new Uint8Array(0);
    }
    carry();
    const text = takeText(tls);
    if (text.length > 0) onData(text);
    if (tls.phase !== 'closed' && tls.phase !== 'failed') return;
    end(failureOf(tls));
    wire.close();
  });
  wire.onEnd(end);
  return {
    write: (data) => {
      if (tls.phase === 'open') {
        carry();
        // What the wire does not take now is not taken here either: the caller asks again.
        if (unsent.length > 0) return 0;
        say(tls, data);
        carry();
      } else if (waiting.length > 0) return 0;
      else waiting = data.slice();
      return data.length;
    },
    onData: (listener) => void (onData = listener),
    onEnd: (listener) => void (onEnd = listener),
    close: () => wire.close(),
  };
}

/** In the words of Go's crypto/tls. */
function failureOf({ failure }: TlsSession): string | undefined {
  if (failure === undefined) return undefined;
  return failure.kind === 'not-tls'
    ? 'tls: first record does not look like a TLS handshake'
    : `remote error: tls: ${alertText(failure.alert)}`;
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(one.length + other.length);
  whole.set(one);
  whole.set(other, one.length);
  return whole;
}
