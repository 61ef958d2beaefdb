import type { ApiUpgrade } from '@podwire/kubesim';
import type { Step } from '../command/step.ts';
import { Failure, fail } from '../failure.ts';
import type { Session } from '../session.ts';
import { isObject, objectsAt, textAt } from '../values/json.ts';
import type { JsonValue } from '../values/json.ts';
import { writeAll } from '../output.ts';

/** A remote command whose output nobody takes is cut off here, in bytes. */
const MAX_QUEUED_BYTES = 16 * 1024 * 1024;
/** A session that announced nothing is looked at this often. */
const POLL_MS = 1000;

export interface RemoteOptions {
  readonly stdin: boolean;
  /** The remote side has a terminal, and ours is handed over raw. */
  readonly raw: boolean;
}

/** What a remote process wrote, in the order it came. */
interface Piece {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Uint8Array;
}

/** One exec or attach connection, with its output gathered. */
export class RemoteSession {
  readonly connection: ApiUpgrade;
  readonly key: string;
  private readonly pieces: Piece[] = [];
  private queuedBytes = 0;
  status: JsonValue | undefined;

  constructor(session: Session, path: string, query: readonly (readonly [string, string])[]) {
    this.key = session.streamKey();
    const api = session.api();
    this.connection = api.upgrade(path, query);
    const take =
      (stream: Piece['stream']) =>
      (data: Uint8Array): void => {
        this.queuedBytes += data.length;
        if (this.queuedBytes > MAX_QUEUED_BYTES) this.connection.close();
        else this.pieces.push({ stream, data });
        api.announce(this.key);
      };
    this.connection.onStdout(take('stdout'));
    this.connection.onStderr(take('stderr'));
    this.connection.onStatus((status) => {
      this.status = (status ?? null) as JsonValue;
      api.announce(this.key);
    });
  }

  next(): Piece | undefined {
    const piece = this.pieces.shift();
    if (piece !== undefined) this.queuedBytes -= piece.data.length;
    return piece;
  }

  get overflowed(): boolean {
    return this.queuedBytes > MAX_QUEUED_BYTES;
  }
}

/** Ends the command as the remote process ended. */
export function finishRemote(status: JsonValue | undefined): void {
  if (!isObject(status) || textAt(status, 'status') === 'Success') return;
  const cause = objectsAt(status, 'details', 'causes').find((each) => textAt(each, 'reason') === 'ExitCode');
  if (textAt(status, 'reason') === 'NonZeroExitCode' && cause !== undefined) {
    const code = Number(textAt(cause, 'message'));
    throw new Failure({ kind: 'exit', code, text: `command terminated with exit code ${code}` });
  }
  fail(textAt(status, 'message'));
}

/** Pumps between our streams and the remote process until it ends. */
export function* runRemote(
  session: Session,
  path: string,
  query: readonly (readonly [string, string])[],
  options: RemoteOptions,
): Step {
  const { process } = session;
  yield* session.output.flush();
  const remote = new RemoteSession(session, path, query);
  const { tty } = process;
  const resize = (): void => {
    if (tty !== undefined) remote.connection.resize(tty.columns, tty.rows);
  };
  if (options.raw) {
    tty?.setRaw(true);
    resize();
    process.onSignal('SIGWINCH', resize);
  }
  try {
    yield* pump(session, remote, options);
  } finally {
    if (options.raw) {
      tty?.setRaw(false);
      process.onSignal('SIGWINCH', undefined);
    }
    remote.connection.close();
  }
  if (remote.overflowed) fail('the remote command wrote more than could be taken');
  finishRemote(remote.status);
  return undefined;
}

function* pump(session: Session, remote: RemoteSession, options: RemoteOptions): Step {
  const { process } = session;
  let input: Uint8Array = new Uint8Array();
  let open = options.stdin;
  for (;;) {
    for (let piece = remote.next(); piece !== undefined; piece = remote.next()) {
      yield* writeAll(piece.stream === 'stdout' ? process.stdout : process.stderr, piece.data);
    }
    if (remote.status !== undefined || remote.overflowed) return undefined;
    if (open && input.length === 0) {
      const data = process.stdin.read();
      if (data === undefined) {
        open = false;
        remote.connection.stdin.close();
      } else {
        input = data;
      }
    }
    let blocked = false;
    if (input.length > 0) {
      const taken = remote.connection.stdin.write(input);
      input = input.subarray(taken);
      blocked = input.length > 0;
      if (!blocked) continue;
    }
    yield {
      kind: 'any',
      of: [
        { kind: 'signal', key: remote.key },
        // Input that the other side could not take yet is tried again soon.
        { kind: 'sleep', ms: blocked ? POLL_MS / 20 : POLL_MS },
        ...(open && !blocked ? [{ kind: 'readable', stream: process.stdin } as const] : []),
      ],
    };
  }
}
