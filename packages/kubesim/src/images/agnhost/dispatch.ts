import type { DaemonProgram, DispatchProgram } from '@podwire/machine';

/** Subcommands that are modelled, and the program that runs each. `connect` is a client of the shell's. */
const SUBCOMMANDS: Readonly<Record<string, string>> = {
  netexec: 'agnhost-netexec',
  'serve-hostname': 'agnhost-serve-hostname',
  porter: 'agnhost-porter',
  pause: 'pause',
  connect: 'agnhost-connect',
  'dns-server-list': 'agnhost-dns-server-list',
  'dns-suffix': 'agnhost-dns-suffix',
  'entrypoint-tester': 'agnhost-entrypoint-tester',
  'etc-hosts': 'agnhost-etc-hosts',
  liveness: 'agnhost-liveness',
  'logs-generator': 'agnhost-logs-generator',
  mounttest: 'agnhost-mounttest',
  'port-forward-tester': 'agnhost-port-forward-tester',
  'tcp-reset': 'agnhost-tcp-reset',
  'test-webserver': 'agnhost-test-webserver',
};

/** `/agnhost`: one binary, many servers. */
export const agnhost: DispatchProgram = {
  kind: 'dispatch',
  select: (argv) => {
    const name = argv[1] ?? '';
    return Object.hasOwn(SUBCOMMANDS, name) ? (SUBCOMMANDS[name] ?? 'agnhost-refuse') : 'agnhost-refuse';
  },
};

/** Says which subcommands there are, so that nobody takes silence for success. */
export const agnhostRefuse: DaemonProgram<undefined> = {
  kind: 'daemon',
  start: (daemon) => {
    const name = daemon.argv[1];
    const known = Object.keys(SUBCOMMANDS).sort().join(', ');
    if (name === undefined || name === '--help' || name === 'help') {
      daemon.log(`Usage:\n  app [command]\n\nAvailable commands of this simulation: ${known}\n`);
      daemon.exit(0);
      return undefined;
    }
    daemon.logError(`Error: unknown command "${name}" for "app"\nThis simulation has: ${known}\n`);
    daemon.exit(1);
    return undefined;
  },
  onEvent: () => undefined,
};
