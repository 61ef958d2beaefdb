import { SOCKET_PATH, serverEvents } from '@podwire/protocol';
import type { ClientEvent, ClientEventName, ServerEvent, ServerEventName } from '@podwire/protocol';
import { io } from 'socket.io-client';
import type { Socket } from 'socket.io-client';
import { z } from 'zod';

/** An event that is not acknowledged by then is asked about again, or given up. */
const ACKNOWLEDGED_WITHIN_MS = 20_000;
/** A terminal opens when its cluster is there: a real one that was put away takes its time to come back. */
const OPENED_WITHIN_MS = 300_000;
const RECONNECT_FIRST_MS = 300;
const RECONNECT_MOST_MS = 5_000;

const answerSchema = z.union([
  z.looseObject({ ok: z.literal(true) }),
  z.object({
    ok: z.literal(false),
    error: z.union([z.string(), z.object({ code: z.string(), message: z.string() })]),
  }),
]);

export type Acknowledgement =
  | { readonly kind: 'ok'; readonly answer: Readonly<Record<string, unknown>> }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  /** The connection broke, or no answer came: nobody knows whether it took effect. */
  | { readonly kind: 'unknown' };

type Listener<Name extends ServerEventName> = (message: ServerEvent<Name>) => void;

/** The socket, speaking the protocol: what it sends and hears is typed, and what it hears is parsed. */
export class LabSocket {
  readonly #socket: Socket;

  constructor() {
    this.#socket = io({
      path: SOCKET_PATH,
      autoConnect: false,
      reconnectionDelay: RECONNECT_FIRST_MS,
      reconnectionDelayMax: RECONNECT_MOST_MS,
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
    });
  }

  get connected(): boolean {
    return this.#socket.connected;
  }

  connect(): void {
    this.#socket.connect();
  }

  close(): void {
    this.#socket.removeAllListeners();
    this.#socket.disconnect();
  }

  onConnection(changed: (connected: boolean) => void): void {
    this.#socket.on('connect', () => changed(true));
    this.#socket.on('disconnect', (reason) => {
      changed(false);
      // The server closed it on purpose (a restart, a renewed cookie): socket.io would not come back by itself.
      if (reason === 'io server disconnect') this.#socket.connect();
    });
    this.#socket.on('connect_error', () => changed(false));
  }

  on<Name extends ServerEventName>(name: Name, listener: Listener<Name>): void {
    const schema = serverEvents[name];
    this.#socket.on<string>(name, (message: unknown) => {
      const parsed = schema.safeParse(message);
      if (parsed.success) listener(parsed.data as ServerEvent<Name>);
    });
  }

  async emit<Name extends ClientEventName>(name: Name, message: ClientEvent<Name>): Promise<Acknowledgement> {
    let raw: unknown;
    try {
      const withinMs = name === 'terminal:open' ? OPENED_WITHIN_MS : ACKNOWLEDGED_WITHIN_MS;
      raw = await this.#socket.timeout(withinMs).emitWithAck(name, message);
    } catch {
      return { kind: 'unknown' };
    }
    const parsed = answerSchema.safeParse(raw);
    if (!parsed.success) return { kind: 'unknown' };
    if (parsed.data.ok) return { kind: 'ok', answer: parsed.data };
    const { error } = parsed.data;
    return typeof error === 'string'
      ? { kind: 'refused', code: error, message: error }
      : { kind: 'refused', ...error };
  }
}
