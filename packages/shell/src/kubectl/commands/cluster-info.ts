import type { Command, Invocation } from '../command/command.ts';
import type { Step } from '../command/step.ts';
import { fail } from '../failure.ts';
import { CLUSTER_INFO, CLUSTER_INFO_DUMP } from '../surface/cluster.ts';
import { numberAt, objectsAt, textAt } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';

function linkOf(service: JsonObject, server: string): string {
  const [ingress] = objectsAt(service, 'status', 'loadBalancer', 'ingress');
  const ports = objectsAt(service, 'spec', 'ports');
  if (ingress !== undefined) {
    const address = textAt(ingress, 'ip') || textAt(ingress, 'hostname');
    return ports.map((port) => `http://${address}:${numberAt(port, 'port') ?? 0} `).join('');
  }
  const [port] = ports;
  let name = textAt(service, 'metadata', 'name');
  if (port !== undefined) {
    const scheme = textAt(port, 'name') === 'https' || numberAt(port, 'port') === 443 ? 'https' : '';
    const portName = textAt(port, 'name');
    if (scheme !== '' || portName !== '') name = `${scheme === '' ? '' : `${scheme}:`}${name}:${portName}`;
  }
  return `${server}/api/v1/namespaces/${textAt(service, 'metadata', 'namespace')}/services/${name}/proxy`;
}

function* run({ flags, session }: Invocation): Step {
  const namespace = flags.text('namespace') || 'kube-system';
  const list = session.api().call('GET', `/api/v1/namespaces/${namespace}/services`, {
    query: [
      ['labelSelector', 'kubernetes.io/cluster-service=true'],
      ['limit', '500'],
    ],
  });
  const { server } = session.api().config;
  const say = (name: string, link: string): void => {
    session.out(`${name} is running at ${link}\n`);
  };
  say('Kubernetes control plane', server);
  for (const service of objectsAt(list, 'items')) {
    const name =
      textAt(service, 'metadata', 'labels', 'kubernetes.io/name') || textAt(service, 'metadata', 'name');
    say(name, linkOf(service, server));
  }
  session.out("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n");
  return undefined;
}

function* dump(): Step {
  return fail(
    'cluster-info dump is not available in this simulation: ask for what you need with kubectl get, describe, events and logs',
  );
}

const dumpCommand: Command = {
  ...CLUSTER_INFO_DUMP,
  long: 'Dump cluster information out suitable for debugging and diagnosing cluster problems. This simulation does not offer it.',
  run: dump,
};

export const clusterInfoCommand: Command = {
  ...CLUSTER_INFO,
  long: `Display addresses of the control plane and services with label kubernetes.io/cluster-service=true. To further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.`,
  examples: [['Print the address of the control plane and of cluster services', 'kubectl cluster-info']],
  subcommands: [dumpCommand],
  run,
};
