import { acceptPeer, feed, newClientSession, say, takeOutput, takeText } from '@podwire/tls';
import type { RandomBytes } from '@podwire/tls';
import { concat } from '../../images/http/message.ts';
import { goFailure } from '../../images/http/tls-files.ts';
import type { PortSession } from '../server.ts';

/**
 * A connection over TLS, as the API server opens it for `https:name:port`: without a server name, and without a
 * look at the certificate, since pods have none that it could know.
 */
export function overTls(wire: PortSession, random: RandomBytes): PortSession {
  const tls = newClientSession({ protocols: ['http/1.1'], random });
  /** Of the clear text, what was said before the session was open; of records, what the wire has not taken. */
  let waiting: Uint8Array = new Uint8Array(0);
  let unsent: Uint8Array = new Uint8Array(0);
  let over = false;
  let onData: (data: Uint8Array) => void = () => undefined;
  let onEnd: (error: string | undefined) => void = () => undefined;
  const carry = (): void => {
    unsent = concat(unsent, takeOutput(tls));
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
    end(tls.failure === undefined ? undefined : goFailure(tls.failure));
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
