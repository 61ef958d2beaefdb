import type { DaemonProgram } from '@podwire/machine';

/**
 * The machine service that gives CoreDNS its view of the API: a `KubeClient`
 * (`MachinesWiring.service(machineId, 'kubernetes-client')`).
 */
export const KUBERNETES_CLIENT_SERVICE = 'kubernetes-client';

/**
 * CoreDNS: `coredns -conf /etc/coredns/Corefile`. Serves UDP and TCP on the Corefile's ports, /health
 * on 8080, /ready on 8181, metrics on 9153, as the plugins say.
 */
export const dnsProgram: DaemonProgram<{ readonly started: boolean }> = {
  kind: 'daemon',
  start: () => {
    throw new Error('DNS is not wired yet');
  },
  onEvent: () => undefined,
};
