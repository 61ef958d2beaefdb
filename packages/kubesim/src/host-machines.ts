import type { Machines } from '@podwire/machine';
import type { Network } from '@podwire/netsim';
import { COREDNS_IMAGE } from './bootstrap/system-objects.ts';
import type { ClusterConfig } from './config.ts';
import { findImage, NODE, TOOLBOX } from './images/index.ts';
import type { ModelledImage } from './images/index.ts';
import { podRoutes } from './cni/pod-cidrs.ts';
import { nodeMachineId } from './nodes/node-files.ts';
import {
  addOutsideHost,
  nodeAddress,
  nodeNetns,
  TOOLBOX_NETNS,
  UNDERLAY_GATEWAY,
  UNDERLAY_NETNS,
} from './nodes/underlay.ts';

export const TOOLBOX_MACHINE = 'toolbox';

/** Nodes and the toolbox ask the router of their network, as Docker's resolver stands at the gateway under kind. */
export const NODE_RESOLV_CONF = `nameserver ${UNDERLAY_GATEWAY}\noptions edns0 trust-ad ndots:0\n`;

/** What answers on an outside host. */
const OUTSIDE_IMAGE = 'registry.k8s.io/e2e-test-images/agnhost:2.53';

/** CoreDNS answers there as well, from a list of names: what it doesn't know does not exist. */
const RESOLVER_MACHINE = 'underlay-resolver';

/** The machines that are no containers: the nodes, the learner's toolbox, and hosts elsewhere. */
export function addHostMachines(parts: {
  readonly config: ClusterConfig;
  readonly network: Network;
  readonly machines: Machines;
}): void {
  const { config, network, machines } = parts;
  const hosts = hostsFile(config);
  const add = (id: string, hostname: string, netns: string, image: ModelledImage): void => {
    machines.addMachine({
      id,
      hostname,
      netns,
      image: image.layer,
      mounts: [
        { path: '/etc/hosts', volumeId: HOSTS_VOLUME, readOnly: false, subPath: 'hosts' },
        { path: '/etc/resolv.conf', volumeId: HOSTS_VOLUME, readOnly: false, subPath: 'resolv.conf' },
      ],
      env: image.env,
      workingDirectory: image.workingDirectory,
      user: image.user,
    });
  };
  machines.putVolume(
    HOSTS_VOLUME,
    new Map([
      ['hosts', hosts],
      ['resolv.conf', NODE_RESOLV_CONF],
    ]),
  );
  for (const node of config.nodes) add(nodeMachineId(node.name), node.name, nodeNetns(node.name), NODE);
  add(TOOLBOX_MACHINE, 'toolbox', TOOLBOX_NETNS, TOOLBOX);
  addResolver(parts);
  const server = findImage(OUTSIDE_IMAGE);
  if (server.kind !== 'found') throw new Error(`image ${OUTSIDE_IMAGE} is not in the catalogue`);
  for (const { address, tcpPorts } of config.outsideHosts ?? []) {
    const netns = addOutsideHost(network, address, {
      mtuBytes: config.mtuBytes,
      podRoutes: podRoutes(config),
    });
    const id = `outside/${address}`;
    add(id, address, netns, server.image);
    for (const port of tcpPorts)
      machines.start(id, { argv: ['/agnhost', 'netexec', `--http-port=${port}`, '--udp-port=-1'] });
  }
}

/** Names beyond the cluster: the nodes', as Docker's resolver knows its containers. Every other name is NXDOMAIN. */
function addResolver({
  config,
  machines,
}: {
  readonly config: ClusterConfig;
  readonly machines: Machines;
}): void {
  const found = findImage(COREDNS_IMAGE);
  if (found.kind !== 'found') throw new Error(`image ${COREDNS_IMAGE} is not in the catalogue`);
  const entries = config.nodes.map((node, index) => `        ${nodeAddress(index)} ${node.name}\n`).join('');
  const corefile = `.:53 {\n    hosts {\n${entries}        ttl 30\n    }\n}\n`;
  machines.putVolume(RESOLVER_MACHINE, new Map([['Corefile', corefile]]));
  machines.addMachine({
    id: RESOLVER_MACHINE,
    hostname: 'resolver',
    netns: UNDERLAY_NETNS,
    image: found.image.layer,
    mounts: [{ path: '/etc/coredns', volumeId: RESOLVER_MACHINE, readOnly: true }],
    env: found.image.env,
    workingDirectory: '/',
    user: 'root',
  });
  machines.start(RESOLVER_MACHINE, { argv: [...found.image.entrypoint, '-conf', '/etc/coredns/Corefile'] });
}

const HOSTS_VOLUME = 'host-files';

function hostsFile(config: ClusterConfig): string {
  const nodes = config.nodes.map((node, index) => `${nodeAddress(index)}\t${node.name}\n`).join('');
  return `127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n${nodes}`;
}
