import type { Page } from '@playwright/test';

interface SocketEvent {
  readonly name: string;
  readonly message: object;
}

interface RawAnswers {
  /** What the server answered to each event, in order. */
  readonly answers: readonly { readonly ok: boolean; readonly error?: { readonly code: string } }[];
  /** Names of the events that the server sent unasked meanwhile. */
  readonly heard: readonly string[];
}

/**
 * Speaks to the server's socket from the page's own origin with the page's own cookie, but not by the page's own
 * code: what a stranger with the developer tools open can do. Engine.IO 4 in text frames: `40` connects, `42<id>[…]`
 * emits, `43<id>[…]` acknowledges.
 */
export function emitRaw(page: Page, events: readonly SocketEvent[]): Promise<RawAnswers> {
  return page.evaluate(async (wanted) => {
    const address = new URL('/socket.io/?EIO=4&transport=websocket', window.location.href);
    address.protocol = address.protocol.replace('http', 'ws');
    const socket = new WebSocket(address);
    const answers: RawAnswers['answers'][number][] = [];
    const heard: string[] = [];
    await new Promise<void>((resolve, reject) => {
      socket.onerror = () => reject(new Error('the socket was refused'));
      const emitNext = (): void => {
        const event = wanted[answers.length];
        if (event === undefined) resolve();
        else socket.send(`42${answers.length}${JSON.stringify([event.name, event.message])}`);
      };
      socket.onmessage = ({ data }) => {
        const text = String(data);
        if (text.startsWith('0')) socket.send('40');
        else if (text === '2') socket.send('3');
        else if (text.startsWith('40')) emitNext();
        else if (text.startsWith('43')) {
          const [answer] = JSON.parse(text.slice(text.indexOf('['))) as RawAnswers['answers'];
          if (answer !== undefined) answers.push(answer);
          emitNext();
        } else if (text.startsWith('42')) heard.push((JSON.parse(text.slice(2)) as [string])[0]);
      };
    });
    socket.close();
    return { answers, heard };
  }, events);
}
