import type { DaemonProgram, DispatchProgram } from '@podwire/machine';

/** Subcommands that are modelled, and the program that runs each. `connect` is a client of the shell's. */
const SUBCOMMANDS: Readonly<Record<string, string>> = {
  'audit-proxy': 'agnhost-audit-proxy',
  'fake-gitserver': 'agnhost-fake-gitserver',
  guestbook: 'agnhost-guestbook',
  inclusterclient: 'agnhost-inclusterclient',
  netexec: 'agnhost-netexec',
  nettest: 'agnhost-nettest',
  'no-snat-test': 'agnhost-no-snat-test',
  'no-snat-test-proxy': 'agnhost-no-snat-test-proxy',
  'serve-hostname': 'agnhost-serve-hostname',
  porter: 'agnhost-porter',
  pause: 'pause',
  connect: 'agnhost-connect',
  'dns-server-list': 'agnhost-dns-server-list',
  'dns-suffix': 'agnhost-dns-suffix',
  'entrypoint-tester': 'agnhost-entrypoint-tester',
  'etc-hosts': 'agnhost-etc-hosts',
  'grpc-health-checking': 'agnhost-grpc-health-checking',
  liveness: 'agnhost-liveness',
  'logs-generator': 'agnhost-logs-generator',
  mounttest: 'agnhost-mounttest',
  'port-forward-tester': 'agnhost-port-forward-tester',
  'tcp-reset': 'agnhost-tcp-reset',
  'test-webserver': 'agnhost-test-webserver',
};

/** Subcommands of the real image that are refused, and why. */
const REFUSED: Readonly<Record<string, string>> = {
  'crd-conversion-webhook': 'the API server of this simulation calls no webhooks',
  net: 'the NAT tests need a half-closed socket of the kernel, which this simulation does not keep',
  podcertificatesigner: 'certificates for pods are not part of this simulation',
  'resource-consumer-controller': 'nothing in this simulation uses CPU or memory',
  stress: 'nothing in this simulation uses CPU or memory',
  'test-service-account-issuer-discovery':
    'the issuer of this simulation’s tokens publishes no discovery document inside the cluster',
  webhook: 'the API server of this simulation calls no webhooks',
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
    const why = Object.hasOwn(REFUSED, name) ? REFUSED[name] : undefined;
    if (why !== undefined) {
      daemon.logError(`agnhost ${name} is not part of this simulation: ${why}.\n`);
      daemon.exit(1);
      return undefined;
    }
    daemon.logError(`Error: unknown command "${name}" for "app"\nThis simulation has: ${known}\n`);
    daemon.exit(1);
    return undefined;
  },
  onEvent: () => undefined,
};
