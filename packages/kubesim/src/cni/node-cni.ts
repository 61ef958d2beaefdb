import { createAgent } from './agent.ts';
import { parseConfigList, runAdd, runDel } from './chain.ts';
import type { ConfigList } from './chain.ts';
import { CONFIG_DIRECTORY, CONFIG_FILE } from './conflist.ts';
import type { NodeFiles } from '../nodes/node-files.ts';
import type { CniAddResult, NodeCni, SandboxRequest } from './contract.ts';
import type { PluginContext } from './plugin.ts';
import type { NodeCniWiring, NodeNetworking } from './wiring.ts';

export { newNodeCniState } from './wiring.ts';
export type { NodeCniState, NodeCniWiring, NodeNetworking } from './wiring.ts';

/**
 * Container networking of one node, of the kind that `config.cni` names.
 * @throws RangeError for an overlay over IPv6, which is not modelled.
 */
export function createNodeCni(wiring: NodeCniWiring): NodeNetworking {
  const { cni, podCidrs } = wiring.config;
  if (cni === 'vxlan' && podCidrs.some((cidr) => cidr.includes(':')))
    throw new RangeError('the vxlan network carries IPv4 only: choose bridge or ptp for IPv6');
  const agent = createAgent(wiring);
  return {
    cni: createRuntimeCni(wiring, () => agent.enforce()),
    agent: agent.component,
    files: () => wiring.state.files,
  };
}

/** containerd's side of CNI: reads the configuration list and runs it. */
function createRuntimeCni(wiring: NodeCniWiring, enforcePolicies: () => void): NodeCni {
  const { state, nodeFiles } = wiring;
  const readFile = (path: string): string | undefined =>
    nodeFiles === undefined ? state.files.get(path) : nodeFiles.read(path);
  const configList = (): ConfigList | undefined => {
    const text = readFile(nodeFiles === undefined ? CONFIG_FILE : (firstConfigFile(nodeFiles) ?? ''));
    return text === undefined ? undefined : parseConfigList(text);
  };
  const contextOf = (request: SandboxRequest): PluginContext => ({
    network: wiring.network,
    host: wiring.site.netns,
    state,
    request,
    readFile,
  });
  return {
    notReadyReason: () => (configList() === undefined ? NOT_INITIALIZED : undefined),

    add(request): CniAddResult {
      const list = configList();
      if (list === undefined) return { ok: false, message: sandboxFailure(request, NOT_INITIALIZED) };
      const outcome = runAdd(contextOf(request), list);
      if (!outcome.ok) return { ok: false, message: sandboxFailure(request, outcome.message) };
      const ips = outcome.result.ips.map(({ address }) => address.slice(0, address.indexOf('/')));
      state.sandboxes.set(request.containerId, { podUid: request.podUid, ips });
      // NP30: the pod is isolated before its first container starts.
      enforcePolicies();
      const gateway = outcome.result.ips[0]?.gateway;
      return { ok: true, ips, ...(gateway === undefined ? {} : { gateway }) };
    },

    del(request): void {
      const list = configList();
      if (list !== undefined) runDel(contextOf(request), list);
      if (state.sandboxes.delete(request.containerId)) enforcePolicies();
    },
  };
}

/** As libcni lists them; of several, the first by name is taken, whether or not it can be read. */
function firstConfigFile(files: NodeFiles): string | undefined {
  const name = files.list(CONFIG_DIRECTORY).find((file) => /\.(conf|conflist|json)$/.test(file));
  return name === undefined ? undefined : `${CONFIG_DIRECTORY}/${name}`;
}

/** What containerd says while /etc/cni/net.d is empty (CNI4). */
const NOT_INITIALIZED = 'cni plugin not initialized';

function sandboxFailure(request: SandboxRequest, message: string): string {
  return `Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "${request.containerId}": ${message}`;
}
