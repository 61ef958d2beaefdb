import {
  openedTerminalSchema,
  meSchema,
  sessionViewSchema,
  reportResponseSchema,
  SOCKET_PATH,
} from '@podwire/protocol';
import type { ServerEvent, SessionView, TaskReport } from '@podwire/protocol';
import { io } from 'socket.io-client';
import type { Socket } from 'socket.io-client';
import { ORIGIN } from './orchestrator-process.ts';

let count = 0;

/** Each learner comes from an address of their own, as behind a gateway: rates are limited by address. */
function nextAddress(): string {
  count += 1;
  return `10.${(count >> 16) & 255}.${(count >> 8) & 255}.${count & 255}`;
}

const ACKNOWLEDGE_EVERY_CHARS = 32_768;

/** One learner's browser, as far as the server can tell. */
export class Learner {
  readonly #url: string;
  readonly #headers: Record<string, string> = { origin: ORIGIN, 'x-forwarded-for': nextAddress() };
  #socket: Socket | undefined;

  private constructor(url: string) {
    this.#url = url;
  }

  /** Has an identity, and an open socket. */
  static async arrive(url: string): Promise<Learner> {
    const learner = new Learner(url);
    const response = await fetch(`${url}/api/me`, { headers: learner.#headers });
    const me = meSchema.parse(await response.json());
    learner.#headers['x-podwire-csrf'] = me.csrfToken;
    learner.#headers['cookie'] = response.headers
      .getSetCookie()
      .map((each) => each.split(';')[0])
      .join('; ');
    const socket = io(url, {
      path: SOCKET_PATH,
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      extraHeaders: learner.#headers,
    });
    learner.#socket = socket;
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', () => resolve());
      socket.once('connect_error', reject);
    });
    return learner;
  }

  get socket(): Socket {
    if (this.#socket === undefined) throw new Error('the socket is not open');
    return this.#socket;
  }

  async #post(path: string, body: unknown): Promise<unknown> {
    const response = await fetch(`${this.#url}${path}`, {
      method: 'POST',
      headers: { ...this.#headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer;
  }

  async start(labId: string): Promise<SessionView> {
    const view = sessionViewSchema.parse(
      await this.#post('/api/sessions', { labId, requestKey: crypto.randomUUID() }),
    );
    if (view.state !== 'ready') throw new Error(`the session is ${view.state}: ${view.endMessage ?? ''}`);
    return view;
  }

  async end(sessionId: string): Promise<void> {
    const response = await fetch(`${this.#url}/api/sessions/${sessionId}`, {
      method: 'DELETE',
      headers: this.#headers,
    });
    await response.arrayBuffer();
  }

  async check(sessionId: string, taskId: string): Promise<TaskReport> {
    const answer = await this.#post(`/api/sessions/${sessionId}/checks`, {
      taskId,
      submissionKey: crypto.randomUUID(),
      answers: {},
    });
    return reportResponseSchema.parse(answer).report;
  }

  async join(sessionId: string): Promise<void> {
    assertOk(await this.socket.emitWithAck('session:join', { sessionId }));
  }

  /** Opens the toolbox's terminal; resolves when its first prompt is there. */
  async openTerminal(terminalId = 't1'): Promise<Terminal> {
    const terminal = new Terminal(this.socket, terminalId);
    const prompt = terminal.until(/\$ $/);
    openedTerminalSchema.parse(
      assertOk(
        await this.socket.emitWithAck('terminal:open', {
          terminalId,
          place: { kind: 'toolbox' },
          columns: 80,
          rows: 24,
          fromOffset: 0,
        }),
      ),
    );
    await prompt;
    return terminal;
  }

  leave(): void {
    this.#socket?.disconnect();
  }
}

function assertOk(answer: unknown): unknown {
  if ((answer as { readonly ok?: boolean }).ok !== true) throw new Error(JSON.stringify(answer));
  return answer;
}

/** The most text kept for `until` to look at: a prompt and its line. */
const KEPT_CHARS = 4_096;

/** One terminal as a browser shows it: says what it has drawn, numbers what is typed. */
export class Terminal {
  readonly #socket: Socket;
  readonly #id: string;
  #sequence = 0;
  #drawn = 0;
  #acknowledged = 0;
  #text = '';
  #onText: ((text: string) => void) | undefined;

  constructor(socket: Socket, id: string) {
    this.#socket = socket;
    this.#id = id;
    socket.on('terminal:output', ({ terminalId, offset, data }: ServerEvent<'terminal:output'>) => {
      if (terminalId !== id) return;
      this.#drawn = offset + data.length;
      if (this.#drawn - this.#acknowledged >= ACKNOWLEDGE_EVERY_CHARS) {
        this.#acknowledged = this.#drawn;
        socket.emit('terminal:ack', { terminalId: id, offset: this.#drawn });
      }
      this.#text = (this.#text + data).slice(-KEPT_CHARS);
      this.#onText?.(data);
    });
  }

  /** Resolves when the text of late matches. One waiter at a time. */
  until(pattern: RegExp): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!pattern.test(this.#text)) return;
        this.#onText = undefined;
        resolve();
      };
      this.#onText = look;
      look();
    });
  }

  /** Resolves at the next output, whatever it is. */
  echo(): Promise<void> {
    return new Promise((resolve) => {
      this.#onText = () => {
        this.#onText = undefined;
        resolve();
      };
    });
  }

  /** Sends without waiting; resolves when it is safe on the server's disk. */
  async type(data: string): Promise<void> {
    this.#sequence += 1;
    assertOk(
      await this.#socket.emitWithAck('terminal:input', {
        terminalId: this.#id,
        sequence: this.#sequence,
        data,
      }),
    );
  }
}
