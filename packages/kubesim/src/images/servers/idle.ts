import type { DaemonProgram, DispatchProgram } from '@podwire/machine';

/** `pause`: waits for a signal, as the sandbox's own container does. Logs as agnhost's does. */
export const pause: DaemonProgram<undefined> = {
  kind: 'daemon',
  start: (daemon) => {
    if (daemon.argv[1] === 'pause') daemon.log('Paused\n');
    return undefined;
  },
  onEvent: (daemon, _state, event) => {
    if (event.kind === 'signal' && (event.signal === 'SIGTERM' || event.signal === 'SIGINT')) daemon.exit(0);
  },
};

const UNITS_MS: Readonly<Record<string, number>> = {
  '': 1_000,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** coreutils' sleep: numbers with a unit are added up; `infinity` never ends. A daemon, so that clusters with sleeping pods fork. */
export const sleep: DaemonProgram<undefined> = {
  kind: 'daemon',
  start: (daemon) => {
    const [, ...operands] = daemon.argv;
    if (operands.length === 0) {
      daemon.logError("sleep: missing operand\nTry 'sleep --help' for more information.\n");
      daemon.exit(1);
      return undefined;
    }
    let totalMs = 0;
    for (const operand of operands) {
      const match = /^(\d+(?:\.\d*)?|\.\d+|infinity|inf)([smhd]?)$/.exec(operand);
      if (match === null) {
        daemon.logError(
          `sleep: invalid time interval '${operand}'\nTry 'sleep --help' for more information.\n`,
        );
        daemon.exit(1);
        return undefined;
      }
      const [, amount = '0', unit = ''] = match;
      totalMs += amount.startsWith('inf') ? Infinity : Number(amount) * (UNITS_MS[unit] ?? 1_000);
    }
    if (Number.isFinite(totalMs)) daemon.timer('wake', totalMs);
    return undefined;
  },
  onEvent: (daemon, _state, event) => {
    if (event.kind === 'timer') daemon.exit(0);
    else if (event.kind === 'signal' && event.signal === 'SIGINT') daemon.exit(130);
    else if (event.kind === 'signal' && event.signal === 'SIGTERM') daemon.exit(143);
  },
};

/** `tail -f /dev/null`, the customary way to keep a container alive, waits like `pause`; any other tail is the shell's. */
export const tail: DispatchProgram = {
  kind: 'dispatch',
  select: (argv) => (/^-[fF] \/dev\/null$/.test(argv.slice(1).join(' ')) ? 'idle' : 'tail-task'),
};

/** Waits for ever, and dies of what kills it. */
export const idle: DaemonProgram<undefined> = {
  kind: 'daemon',
  start: () => undefined,
  onEvent: (daemon, _state, event) => {
    if (event.kind === 'signal' && event.signal === 'SIGINT') daemon.exit(130);
    else if (event.kind === 'signal' && event.signal === 'SIGTERM') daemon.exit(143);
  },
};
