import type { Machines } from '@podwire/machine';
import type { Network } from '@podwire/netsim';
import { utf8Decode } from '@podwire/sim';
import type { ApiServer } from './api/server.ts';
import type { Place, ProbeRequest } from './cluster-contract.ts';
import type { ClusterConfig } from './config.ts';
import { NODE_RESOLV_CONF, TOOLBOX_MACHINE } from './host-machines.ts';
import { nodeMachineId } from './nodes/node-files.ts';
import { NODE, TOOLBOX } from './images/index.ts';
import type { Kubelet } from './kubelet/kubelet.ts';
import type { PodRecord } from './kubelet/state.ts';
import { podRoutes } from './cni/pod-cidrs.ts';
import { addOutsideHost, nodeNetns, TOOLBOX_NETNS } from './nodes/underlay.ts';
import { explainDenial } from './policy/explain.ts';
import type { Connection, ConnectionEnd } from './policy/verdict.ts';
import type { ProbeSource, ProbeTarget } from './probe/prober.ts';
import { AUTHORITIES_FILE } from './probe/secure-page.ts';

export interface PlaceParts {
  readonly config: ClusterConfig;
  readonly network: Network;
  readonly machines: Machines;
  readonly api: ApiServer;
  readonly kubelets: ReadonlyMap<string, Kubelet>;
}

export interface FoundMachine {
  readonly machineId: string;
  readonly shell: readonly string[];
  readonly env: ReadonlyMap<string, string>;
  readonly cwd: string;
}

const HOST_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const READER = { name: 'system:masters', groups: ['system:masters', 'system:authenticated'] };

/** Finds the machine, and the network namespace, that a place means. */
export class PlaceFinder {
  readonly #parts: PlaceParts;

  constructor(parts: PlaceParts) {
    this.#parts = parts;
  }

  machineAt(place: Place): FoundMachine | undefined {
    switch (place.kind) {
      case 'toolbox':
        return {
          machineId: TOOLBOX_MACHINE,
          shell: TOOLBOX.command,
          env: hostEnvironment('learner', '/home/learner'),
          cwd: TOOLBOX.workingDirectory,
        };
      case 'node':
        if (!this.#parts.kubelets.has(place.name)) return undefined;
        return {
          machineId: nodeMachineId(place.name),
          shell: NODE.command,
          env: hostEnvironment('root', '/root'),
          cwd: NODE.workingDirectory,
        };
      case 'outside': {
        const machineId = `outside/${place.address}`;
        return this.#parts.machines.hasMachine(machineId)
          ? { machineId, shell: ['sh'], env: hostEnvironment('root', '/root'), cwd: '/' }
          : undefined;
      }
      case 'pod': {
        const machineId = this.#containerMachine(place);
        return machineId === undefined ? undefined : { machineId, shell: ['sh'], env: new Map(), cwd: '' };
      }
    }
  }

  #recordOf(namespace: string, name: string): PodRecord | undefined {
    for (const kubelet of this.#parts.kubelets.values()) {
      for (const record of kubelet.context.state.pods.values())
        if (record.namespace === namespace && record.name === name) return record;
    }
    return undefined;
  }

  #containerMachine(place: Place & { readonly kind: 'pod' }): string | undefined {
    const record = this.#recordOf(place.namespace, place.name);
    for (const known of record?.containers.values() ?? []) {
      if (known.state.kind !== 'running') continue;
      if (place.container === undefined ? known.role === 'main' : known.name === place.container)
        return known.state.machineId;
    }
    return undefined;
  }

  networkOf(from: Place): ProbeSource | { readonly because: string } {
    switch (from.kind) {
      case 'toolbox':
        return { netns: TOOLBOX_NETNS, ...this.#resolverFiles(TOOLBOX_MACHINE) };
      case 'node':
        if (!this.#parts.kubelets.has(from.name)) return { because: `There is no node ${from.name}.` };
        return { netns: nodeNetns(from.name), ...this.#resolverFiles(nodeMachineId(from.name)) };
      case 'outside':
        return this.#outside(from.address);
      case 'pod': {
        const record = this.#recordOf(from.namespace, from.name);
        if (record === undefined)
          return { because: `There is no pod ${from.namespace}/${from.name} on any node.` };
        if (record.sandbox?.live !== true)
          return { because: `Pod ${from.namespace}/${from.name} has no network: it is not running.` };
        const machineId = this.#containerMachine(from);
        return { netns: record.sandbox.netns, ...this.#resolverFiles(machineId) };
      }
    }
  }

  #outside(address: string): ProbeSource | { readonly because: string } {
    const { network, config } = this.#parts;
    const owner = network.addressOwner(address);
    if (owner !== undefined && owner !== `outside/${address}`)
      return { because: `The address ${address} belongs to something else in this cluster.` };
    if (!/^(\d{1,3}\.){3}\d{1,3}$/.test(address)) return { because: `"${address}" is no IPv4 address.` };
    return {
      netns: addOutsideHost(network, address, {
        mtuBytes: config.mtuBytes,
        podRoutes: podRoutes(config),
      }),
      resolvConf: NODE_RESOLV_CONF,
      hosts: '',
    };
  }

  /** An end on the network stack of a node is told by its address: policies treat it apart (NP24). */
  explainDenial(connection: Connection): string | undefined {
    const client = this.#parts.api.clientFor(READER);
    const end = ({ address }: ConnectionEnd): ConnectionEnd => {
      const owner = this.#parts.network.addressOwner(address);
      const node = [...this.#parts.kubelets.keys()].find((name) => nodeNetns(name) === owner);
      return node === undefined ? { address } : { address, node };
    };
    const objects = {
      policies: client.list('NetworkPolicy'),
      pods: client.list('Pod'),
      namespaces: client.list('Namespace'),
      nodes: client.list('Node'),
    };
    const ends = { source: end(connection.source), destination: end(connection.destination) };
    return explainDenial(objects, { ...connection, ...ends })?.text;
  }

  #resolverFiles(machineId: string | undefined): Omit<ProbeSource, 'netns'> {
    if (machineId === undefined || !this.#parts.machines.hasMachine(machineId))
      return { resolvConf: '', hosts: '' };
    const fs = this.#parts.machines.fileSystem(machineId);
    const read = (path: string): string => {
      const file = fs.readFile(path);
      return file.ok ? utf8Decode(file.value) : '';
    };
    return {
      resolvConf: read('/etc/resolv.conf'),
      hosts: read('/etc/hosts'),
      authorities: () => read(AUTHORITIES_FILE),
    };
  }

  /** A Service is dialled by its ClusterIP; one without goes by its name. */
  probeTarget(request: ProbeRequest): ProbeTarget {
    const client = this.#parts.api.clientFor(READER);
    const { to } = request;
    switch (to.kind) {
      case 'host':
        return { kind: 'name', host: to.host };
      case 'pod': {
        const pod = client.get('Pod', to.namespace, to.name);
        if (pod === undefined)
          return { kind: 'none', because: `There is no pod ${to.namespace}/${to.name}.` };
        const address = pod.status?.podIP;
        return address === undefined
          ? { kind: 'none', because: `Pod ${to.namespace}/${to.name} has no address yet.` }
          : { kind: 'address', address };
      }
      case 'service': {
        const service = client.get('Service', to.namespace, to.name);
        if (service === undefined)
          return { kind: 'none', because: `There is no Service ${to.namespace}/${to.name}.` };
        const address = service.spec?.clusterIP;
        if (address !== undefined && address !== '' && address !== 'None')
          return { kind: 'address', address };
        return { kind: 'name', host: `${to.name}.${to.namespace}.svc.${this.#parts.config.clusterDomain}.` };
      }
    }
  }
}

function hostEnvironment(user: string, home: string): ReadonlyMap<string, string> {
  return new Map([
    ['HOME', home],
    ['USER', user],
    ['PATH', HOST_PATH],
    ['SHELL', '/bin/bash'],
    ['LANG', 'C.UTF-8'],
  ]);
}
