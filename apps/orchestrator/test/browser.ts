import { meSchema } from '@podwire/protocol';
import type {
  ClientEvent,
  ClientEventName,
  Me,
  ServerEvent,
  ServerEventName,
  SessionView,
} from '@podwire/protocol';
import { io } from 'socket.io-client';
import type { Socket } from 'socket.io-client';
import { TEST_ORIGIN } from './toy-orchestrator.ts';

export interface Answer<Body = unknown> {
  readonly status: number;
  readonly body: Body;
}

let keys = 0;
export function freshKey(): string {
  return `request-key-${++keys}`;
}

/** A browser as far as the server can tell: keeps cookies, sends the token and the origin. */
export class Browser {
  url: string;
  readonly cookies = new Map<string, string>();
  csrfToken = '';
  origin: string | undefined = TEST_ORIGIN;

  constructor(url: string) {
    this.url = url;
  }

  cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  async request<Body = unknown>(method: string, path: string, body?: unknown): Promise<Answer<Body>> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        cookie: this.cookieHeader(),
        'x-podwire-csrf': this.csrfToken,
        ...(this.origin === undefined ? {} : { origin: this.origin }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';');
      const equals = pair.indexOf('=');
      if (/max-age=0/i.test(cookie)) this.cookies.delete(pair.slice(0, equals));
      else this.cookies.set(pair.slice(0, equals), pair.slice(equals + 1));
    }
    const text = await response.text();
    return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as Body };
  }

  get<Body = unknown>(path: string): Promise<Answer<Body>> {
    return this.request<Body>('GET', path);
  }

  post<Body = unknown>(path: string, body: unknown = {}): Promise<Answer<Body>> {
    return this.request<Body>('POST', path, body);
  }

  async arrive(): Promise<Me> {
    const { body } = await this.get('/api/me');
    const me = meSchema.parse(body);
    this.csrfToken = me.csrfToken;
    return me;
  }

  async start(labId = 'one', requestKey = freshKey()): Promise<SessionView> {
    const answer = await this.post<SessionView>('/api/sessions', { labId, requestKey });
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    return answer.body;
  }

  page(): Page {
    return new Page(this);
  }
}

/** One page of a browser: its socket, and the one terminal that it shows. */
export class Page {
  readonly socket: Socket;
  readonly heard = new Map<ServerEventName, unknown[]>();
  text = '';
  exitCode: number | undefined;
  /** Says what it has drawn, as a terminal that is looked at does. */
  acknowledges = false;
  #waiting: (() => void)[] = [];

  constructor(browser: Browser) {
    this.socket = io(browser.url, {
      path: '/socket.io',
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
      extraHeaders: {
        cookie: browser.cookieHeader(),
        ...(browser.origin === undefined ? {} : { origin: browser.origin }),
      },
    });
    this.socket.onAny((name: ServerEventName, message: unknown) => {
      this.heard.set(name, [...(this.heard.get(name) ?? []), message]);
      if (name === 'terminal:output') {
        const { offset, data } = message as ServerEvent<'terminal:output'>;
        if (offset > this.text.length) throw new Error(`output is missing before ${offset}`);
        this.text += data.slice(this.text.length - offset);
        if (this.acknowledges)
          this.socket.emit('terminal:ack', { terminalId: 't1', offset: this.text.length });
      }
      if (name === 'terminal:exit') this.exitCode = (message as ServerEvent<'terminal:exit'>).exitCode;
      this.#look();
    });
    this.socket.on('connect', () => this.#look());
    this.socket.on('disconnect', () => this.#look());
  }

  #look(): void {
    for (const look of [...this.#waiting]) look();
  }

  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        this.#waiting = this.#waiting.filter((other) => other !== look);
        resolve();
      };
      this.#waiting.push(look);
      look();
    });
  }

  /** Resolves with `connected`, or with why not. */
  connection(): Promise<string> {
    return new Promise((resolve) => {
      if (this.socket.connected) resolve('connected');
      this.socket.once('connect', () => resolve('connected'));
      this.socket.once('connect_error', (error) => resolve(error.message));
    });
  }

  emit<Name extends ClientEventName>(
    name: Name,
    message: ClientEvent<Name>,
  ): Promise<{ ok: boolean; error?: { code: string; message: string } } & Record<string, unknown>> {
    return this.socket.emitWithAck(name, message) as Promise<{ ok: boolean } & Record<string, unknown>>;
  }

  async join(sessionId: string): Promise<this> {
    await this.connection();
    const answer = await this.emit('session:join', { sessionId });
    if (!answer.ok) throw new Error(answer.error?.code);
    return this;
  }

  open(fromOffset = this.text.length, terminalId = 't1') {
    return this.emit('terminal:open', {
      terminalId,
      place: { kind: 'toolbox' },
      columns: 80,
      rows: 24,
      fromOffset,
    });
  }

  type(sequence: number, data: string, terminalId = 't1') {
    return this.emit('terminal:input', { terminalId, sequence, data });
  }

  says(text: string | RegExp): Promise<void> {
    return this.until(() => (typeof text === 'string' ? this.text.includes(text) : text.test(this.text)));
  }

  last<Name extends ServerEventName>(name: Name): ServerEvent<Name> | undefined {
    return this.heard.get(name)?.at(-1) as ServerEvent<Name> | undefined;
  }

  close(): void {
    this.socket.disconnect();
  }
}
