import type { Signal } from './contract.ts';

/** signal(7) on x86-64 and arm64. */
const NUMBERS: Readonly<Record<Signal, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGWINCH: 28,
};

export const SIGNALS = Object.keys(NUMBERS) as readonly Signal[];

export function signalNumber(signal: Signal): number {
  return NUMBERS[signal];
}

export function signalByNumber(number: number): Signal | undefined {
  return SIGNALS.find((signal) => NUMBERS[signal] === number);
}

/** Exit code of a process that this signal ended, as shells show it. */
export function signalExitCode(signal: Signal): number {
  return 128 + NUMBERS[signal];
}

/** What a signal does to a process that has no handler for it. */
export function defaultAction(signal: Signal): 'end' | 'stop' | 'continue' | 'ignore' {
  switch (signal) {
    case 'SIGCHLD':
    case 'SIGWINCH':
      return 'ignore';
    case 'SIGCONT':
      return 'continue';
    case 'SIGSTOP':
    case 'SIGTSTP':
      return 'stop';
    case 'SIGALRM':
    case 'SIGHUP':
    case 'SIGINT':
    case 'SIGKILL':
    case 'SIGPIPE':
    case 'SIGQUIT':
    case 'SIGTERM':
    case 'SIGUSR1':
    case 'SIGUSR2':
      return 'end';
  }
}
