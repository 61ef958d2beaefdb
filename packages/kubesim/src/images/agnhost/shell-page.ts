import type { DaemonContext, DaemonEvent } from '@podwire/machine';
import type { SocketId } from '@podwire/netsim';
import { utf8Decode } from '@podwire/sim';
import { formValue } from '../http/message.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import { klogLine } from '../log-line.ts';
import type { DialFinished } from './dial.ts';
import { goJson } from './netexec-pages.ts';

const SHELL = '/bin/sh';
const LOG_SOURCE = 'log.go:244';
/** Commands that run at once for those who asked over HTTP. */
const MAX_SHELLS = 64;

/** Who waits for which command: plain data. */
export interface ShellState {
  readonly askers: Map<string, SocketId>;
  next: number;
}

export function newShellState(): ShellState {
  return { askers: new Map(), next: 1 };
}

/** `/shell` of netexec: runs a command, and answers with all that it wrote. */
export function startShell(
  daemon: DaemonContext,
  state: ShellState,
  request: HttpRequest,
  asker: SocketId,
): HttpResponse | 'later' {
  const asked = formValue(request, 'shellCommand');
  const command = asked === '' ? formValue(request, 'cmd') : asked;
  daemon.logError(klogLine(daemon, LOG_SOURCE, `GET /shell?cmd=${command}`));
  if (state.askers.size >= MAX_SHELLS)
    return {
      status: 503,
      body: `netexec: at most ${MAX_SHELLS} commands at once are part of this simulation\n`,
    };
  const name = String(state.next++);
  const failure = daemon.run(name, [SHELL, '-c', command]);
  if (failure === undefined) {
    state.askers.set(name, asker);
    return 'later';
  }
  return answered(daemon, '', `fork/exec ${SHELL}: ${FAILURES[failure]}`);
}

const FAILURES = {
  'not-found': 'no such file or directory',
  'not-executable': 'permission denied',
  'too-many-processes': 'resource temporarily unavailable',
} as const;

/** The command of one who waits has ended. */
export function shellEnded(
  daemon: DaemonContext,
  state: ShellState,
  { name, exitCode, output }: Extract<DaemonEvent, { readonly kind: 'child' }>,
  finished: DialFinished,
): void {
  const asker = state.askers.get(name);
  if (asker === undefined) return;
  state.askers.delete(name);
  finished(asker, answered(daemon, utf8Decode(output), exitCode === 0 ? '' : `exit status ${exitCode}`));
}

function answered(daemon: DaemonContext, output: string, error: string): HttpResponse {
  const said = { ...(error === '' ? {} : { error }), ...(output === '' ? {} : { output }) };
  const shown = Object.entries(said).map(([key, value]) => `${key}:${value}`);
  daemon.logError(klogLine(daemon, LOG_SOURCE, `Output: map[${shown.join(' ')}]`));
  return { status: 200, body: goJson(said) };
}
