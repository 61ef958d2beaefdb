import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { utf8Encode } from '@podwire/sim';
import type { PluginContext } from './plugin.ts';

/** Name of the node's end of a pod's link: `veth` and eight hex digits, from the container's id. */
function hostVethName(context: PluginContext): string {
  const { containerId, interfaceName } = context.request;
  return `veth${bytesToHex(sha256(utf8Encode(`${containerId}/${interfaceName}`))).slice(0, 8)}`;
}

/** Lays the pod's link and sets both ends up. */
export function layLink(context: PluginContext, mtuBytes: number | undefined): string {
  const { network, host, request } = context;
  const name = hostVethName(context);
  network.addVethPair(
    { netns: request.netns, name: request.interfaceName },
    { netns: host, name },
    mtuBytes === undefined ? {} : { mtuBytes },
  );
  network.setUp(host, name, true);
  network.setUp(request.netns, request.interfaceName, true);
  return name;
}

/** Takes the link away, from whichever end still stands. */
export function removeLink(context: PluginContext): void {
  const { network, host } = context;
  const name = hostVethName(context);
  if (network.interfaces(host).some((each) => each.name === name)) network.removeInterface(host, name);
}
