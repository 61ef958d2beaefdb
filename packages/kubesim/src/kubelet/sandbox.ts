import type { SandboxRequest } from '../cni/contract.ts';
import { containerdId, podEvent, requestSync } from './context.ts';
import type { KubeletContext } from './context.ts';
import type { PodRecord, Sandbox } from './state.ts';

/** What the runtime takes to make a sandbox, ms of virtual time. */
const SANDBOX_MS = 15;
/** After a sandbox could not be made; the kubelet's next regular look at a pod comes about this soon. */
const SANDBOX_RETRY_MS = 10_000;
const NETWORK_RETRY_MS = 2_000;

/** Makes the pod's sandbox, or says why it waits. True once containers may start in it. */
export function ensureSandbox(context: KubeletContext, record: PodRecord): boolean {
  const nowMs = context.simulation.nowMs;
  if (record.sandbox !== undefined) {
    if (nowMs >= record.sandbox.readyAtMs) return true;
    requestSync(context, record, record.sandbox.readyAtMs - nowMs);
    return false;
  }
  const hostNetwork = record.pod.spec?.hostNetwork === true;
  const notReady = hostNetwork ? undefined : context.cni.notReadyReason();
  if (notReady !== undefined) {
    // CNI4
    podEvent(
      context,
      record,
      'Warning',
      'NetworkNotReady',
      `network is not ready: ${networkNotReadyMessage(notReady)}`,
    );
    record.waitUntilMs = nowMs + NETWORK_RETRY_MS;
    requestSync(context, record, NETWORK_RETRY_MS);
    return false;
  }
  const made = hostNetwork ? hostSandbox(context) : podSandbox(context, record);
  if (made === undefined) {
    record.waitUntilMs = nowMs + SANDBOX_RETRY_MS;
    requestSync(context, record, SANDBOX_RETRY_MS);
    return false;
  }
  record.sandbox = made;
  requestSync(context, record, SANDBOX_MS);
  return false;
}

export function networkNotReadyMessage(reason: string): string {
  return `container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: ${reason}`;
}

/** NP25: a pod on the host's network has no namespace of its own, and its node's address. */
function hostSandbox(context: KubeletContext): Sandbox {
  return {
    containerId: containerdId(context),
    netns: context.site.netns,
    ips: [context.site.address],
    readyAtMs: context.simulation.nowMs + SANDBOX_MS,
    live: true,
  };
}

/** What a node's containerd is configured to run pods with; kind's nodes call runc by the second name, too. */
const RUNTIME_HANDLERS: ReadonlySet<string> = new Set(['', 'runc', 'test-handler']);

/** API20: the handler of the pod's RuntimeClass, if the node does not have it. */
function unknownHandler(context: KubeletContext, { pod }: PodRecord): string | undefined {
  const name = pod.spec?.runtimeClassName;
  const handler =
    name === undefined ? '' : (context.client.get('RuntimeClass', undefined, name)?.handler ?? '');
  return RUNTIME_HANDLERS.has(handler) ? undefined : handler;
}

/** CNI5: one network namespace for all containers of the pod. NP30: the plugins isolate it before this returns. */
function podSandbox(context: KubeletContext, record: PodRecord): Sandbox | undefined {
  const containerId = containerdId(context);
  const handler = unknownHandler(context, record);
  if (handler !== undefined) {
    record.sandboxAttempts++;
    const why = `unable to get OCI runtime for sandbox ${JSON.stringify(containerId)}: no runtime for ${JSON.stringify(handler)} is configured`;
    podEvent(
      context,
      record,
      'Warning',
      'FailedCreatePodSandBox',
      `Failed to create pod sandbox: rpc error: code = Unknown desc = ${why}`,
    );
    return undefined;
  }
  const netns = `pod/${record.uid}`;
  record.sandboxAttempts++;
  context.network.addNetns(netns, { label: `pod ${record.namespace}/${record.name}` });
  context.network.setUp(netns, 'lo', true);
  const request = sandboxRequest(context, record, containerId, netns);
  const added = context.cni.add(request);
  if (!added.ok) {
    podEvent(context, record, 'Warning', 'FailedCreatePodSandBox', added.message);
    // CNI2
    context.cni.del(request);
    context.network.removeNetns(netns);
    return undefined;
  }
  return { containerId, netns, ips: added.ips, readyAtMs: context.simulation.nowMs + SANDBOX_MS, live: true };
}

function sandboxRequest(
  context: KubeletContext,
  record: PodRecord,
  containerId: string,
  netns: string,
): SandboxRequest {
  const ports = (record.pod.spec?.containers ?? []).flatMap((container) => container.ports ?? []);
  return {
    containerId,
    netns,
    nodeName: context.site.name,
    interfaceName: 'eth0',
    podNamespace: record.namespace,
    podName: record.name,
    podUid: record.uid,
    portMappings: ports.flatMap((port) =>
      port.hostPort === undefined || port.hostPort === 0
        ? []
        : [
            {
              hostPort: port.hostPort,
              containerPort: port.containerPort,
              protocol: protocolOf(port.protocol),
              ...(port.hostIP === undefined ? {} : { hostIp: port.hostIP }),
            },
          ],
    ),
  };
}

function protocolOf(name: string | undefined): 'tcp' | 'udp' | 'sctp' {
  return name === 'UDP' ? 'udp' : name === 'SCTP' ? 'sctp' : 'tcp';
}

/** Takes the pod's network down. Its addresses stay in the record, for the status of a finished pod. */
export function tearDownSandbox(context: KubeletContext, record: PodRecord): void {
  const { sandbox } = record;
  if (sandbox?.live !== true) return;
  sandbox.live = false;
  if (sandbox.netns === context.site.netns) return;
  context.cni.del(sandboxRequest(context, record, sandbox.containerId, sandbox.netns));
  if (context.network.hasNetns(sandbox.netns)) context.network.removeNetns(sandbox.netns);
}
