import type { Machines } from '@podwire/machine';
import type { Network } from '@podwire/netsim';
import type { Simulation } from '@podwire/sim';

import type { Pod, ServiceAccountTokenProjection } from 'kubernetes-types/core/v1';
import type { ApiServer } from './api/server.ts';
import { apiServerAddresses } from './bootstrap/bootstrap.ts';
import { API_SERVER_PORT } from './bootstrap/system-objects.ts';
import type { UserInfo } from './api/http.ts';
import { createNodeCni } from './cni/node-cni.ts';
import type { NodeNetworking } from './cni/node-cni.ts';
import type { Component, ComponentContext, ComponentName } from './component.ts';
import type { ClusterState } from './cluster-state.ts';
import { ControllerManager } from './controllers/manager.ts';
import { Kubelet } from './kubelet/kubelet.ts';
import { INGRESS_NAMESPACE } from './ingress/objects.ts';
import { createIngressStatus } from './ingress/status.ts';
import { createGatewayController } from './gateway/controller.ts';
import { createLoadBalancer } from './load-balancer/load-balancer.ts';
import { nodeFiles } from './nodes/node-files.ts';
import { createKubeProxy } from './proxy/kube-proxy.ts';
import type { KubeProxy } from './proxy/kube-proxy.ts';
import { eventRecorder, newEventRecorderState } from './runtime/event-recorder.ts';
import type { LogEntry } from './runtime/klog.ts';
import { Scheduler } from './scheduler/scheduler.ts';

/** What a watch takes to bring a change to a component, ms of virtual time. */
const WATCH_DELAY_MS = 1;

export interface ComponentParts {
  readonly state: ClusterState;
  readonly simulation: Simulation;
  readonly network: Network;
  readonly machines: Machines;
  readonly api: ApiServer;
  readonly mintToken: (pod: Pod, projection: ServiceAccountTokenProjection) => string;
  readonly nodeResolvConf: string;
  readonly announceLog: (podUid: string, container: string) => void;
  /** A component writes a line of its log. */
  readonly onLogLine: (name: ComponentName, entry: LogEntry) => void;
  readonly onStaticPods: () => void;
  readonly onPodRuns: (node: string, pod: Pod, running: boolean) => void;
  /** A node's CNI wrote or removed files of its own. */
  readonly onNodeFiles: (node: string, files: ReadonlyMap<string, string>) => void;
}

export interface WiredComponents {
  /** In the order in which they start, and hear of changes. */
  readonly list: readonly Component[];
  readonly manager: ControllerManager;
  readonly scheduler: Scheduler;
  readonly kubelets: ReadonlyMap<string, Kubelet>;
  readonly proxies: ReadonlyMap<string, KubeProxy>;
  readonly networking: ReadonlyMap<string, NodeNetworking>;
}

/** Every component of the cluster over its state, wired to the API server. */
export function wireComponents(parts: ComponentParts): WiredComponents {
  const { state, simulation, network, machines, api } = parts;
  const { config } = state;
  const kubelets = new Map<string, Kubelet>();
  const proxies = new Map<string, KubeProxy>();
  const networking = new Map<string, NodeNetworking>();
  const list: Component[] = [];

  // Nodes first: a kubelet registers its Node, which gives the CNI its ranges and the proxy its addresses.
  for (const [index, node] of config.nodes.entries()) {
    const own = state.nodes[index];
    if (own === undefined) throw new Error(`node ${node.name} has no state`);
    const { site } = own;
    const files = nodeFiles(machines, site.name);
    const nodeNetworking = createNodeCni({
      network,
      config,
      site,
      nodeFiles: files,
      state: own.cni,
      context: contextFor(parts, `cni/${site.name}`, serviceAccount('podwire-cni'), 'podwire-cni', site.name),
      onFilesChanged: (files) => {
        parts.onNodeFiles(site.name, files);
        kubelets.get(site.name)?.networkChanged();
      },
    });
    const user: UserInfo = {
      name: `system:node:${site.name}`,
      groups: ['system:nodes', 'system:authenticated'],
    };
    const kubeletContext = contextFor(parts, `kubelet/${site.name}`, user, 'kubelet', site.name);
    const kubelet = new Kubelet({
      state: own.kubelet,
      simulation,
      network,
      machines,
      client: kubeletContext.client,
      config,
      node,
      site,
      cni: nodeNetworking.cni,
      mintToken: parts.mintToken,
      event: kubeletContext.event,
      log: kubeletContext.log,
      apiFailure: (method, path) => apiFailure(state, method, path),
      announceLog: parts.announceLog,
      files,
      onStaticPods: parts.onStaticPods,
      onPodRuns: (record, running) => parts.onPodRuns(site.name, record.pod, running),
      nodeResolvConf: parts.nodeResolvConf,
      target: `kubelet/${site.name}`,
    });
    const proxyContext = contextFor(
      parts,
      `kube-proxy/${site.name}`,
      serviceAccount('kube-proxy'),
      'kube-proxy',
      site.name,
    );
    const proxy = createKubeProxy({ network, config, site, state: own.proxy, context: proxyContext });
    kubelets.set(site.name, kubelet);
    proxies.set(site.name, proxy);
    networking.set(site.name, nodeNetworking);
    list.push(kubelet, nodeNetworking.agent, proxy);
  }
  const scheduler = new Scheduler(
    state.scheduler,
    contextFor(
      parts,
      'kube-scheduler',
      { name: 'system:kube-scheduler', groups: ['system:authenticated'] },
      'default-scheduler',
    ),
  );
  const managerUser: UserInfo = { name: 'system:kube-controller-manager', groups: ['system:authenticated'] };
  const manager = new ControllerManager(state.controllerManager, {
    simulation,
    config,
    api,
    context: contextFor(parts, 'kube-controller-manager', managerUser, 'kube-controller-manager'),
  });
  list.push(scheduler, manager);
  if (config.loadBalancer !== undefined) {
    const user = serviceAccount('cloud-controller-manager');
    list.push(
      createLoadBalancer({
        network,
        nodes: config.nodes,
        range: config.loadBalancer.range,
        state: state.loadBalancer,
        context: contextFor(parts, 'cloud-controller-manager', user, 'service-controller'),
      }),
    );
  }

  if (config.ingress !== undefined) {
    const user = serviceAccount('ingress-nginx', INGRESS_NAMESPACE);
    const context = contextFor(parts, 'ingress-nginx', user, 'nginx-ingress-controller');
    list.push(createIngressStatus(context, state.ingress));
  }

  if (config.gateway !== undefined) {
    const user = serviceAccount('gateway-controller', 'gateway-system');
    const context = contextFor(parts, 'gateway-controller', user, 'gateway-controller');
    const { className } = config.gateway;
    list.push(
      createGatewayController(context, api, state.gateway, {
        className,
        loadBalancer: config.loadBalancer !== undefined,
      }),
    );
  }

  for (const component of list) api.subscribe(component.name, component.watches, component, WATCH_DELAY_MS);
  api.watchAllCustom(manager.name);
  return { list, manager, scheduler, kubelets, proxies, networking };
}

function serviceAccount(name: string, namespace = 'kube-system'): UserInfo {
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  };
}

/** What a client of Go's reports of a request that nobody answered. */
export function apiFailure(state: ClusterState, method: string, pathAndQuery: string): string {
  const server = `${apiServerAddresses(state.config)[0] ?? ''}:${API_SERVER_PORT}`;
  // Without etcd the API server is there, and keeps whoever asks waiting.
  const why = state.stopped.has('kube-apiserver')
    ? `dial tcp ${server}: connect: connection refused`
    : 'context deadline exceeded';
  return `${method} "https://${server}${pathAndQuery}": ${why}`;
}

function contextFor(
  parts: ComponentParts,
  name: ComponentName,
  user: UserInfo,
  source: string,
  host?: string,
): ComponentContext {
  const { state, simulation, api } = parts;
  let recorder = state.recorders.get(name);
  if (recorder === undefined) {
    recorder = newEventRecorderState();
    state.recorders.set(name, recorder);
  }
  const client = api.clientFor(user);
  const log = (entry: LogEntry): void => {
    parts.onLogLine(name, entry);
  };
  const record = eventRecorder(recorder, simulation, client, source, host);
  const event: ComponentContext['event'] = (about, type, reason, message) => {
    // The scheduler's broadcaster writes nothing (it is of another library).
    if (name !== 'kube-scheduler')
      log({
        verbosity: 3,
        source: 'event.go:389',
        message: 'Event occurred',
        values: {
          object: about.namespace === undefined ? about.name : `${about.namespace}/${about.name}`,
          fieldPath: about.fieldPath ?? '',
          kind: about.kind,
          apiVersion: about.apiVersion ?? 'v1',
          type,
          reason,
          message,
        },
      });
    record(about, type, reason, message);
  };
  return { simulation, client, event, log };
}
