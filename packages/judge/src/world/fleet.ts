import type { Draw } from './draw.ts';
import type { WorldPod, WorldServer } from './world.ts';

export const NAMESPACES = ['alpha', 'beta', 'gamma'] as const;
const APPS = ['x', 'y', 'z'] as const;
const TIERS = ['front', 'back'] as const;
const PORTS = [80, 81] as const;
const TCP_NAMES = ['web', 'api'] as const;
/** `api` is TCP in one pod and UDP in the next. */
const UDP_NAMES = ['dgram', 'api'] as const;
const LEAST_PODS = 5;
const MOST_PODS = 6;

/** Pods without their labels: those change from world to world, the rest only now and then, since pods start slowly. */
export function drawFleet(draw: Draw): readonly WorldPod[] {
  return draw.times(LEAST_PODS, MOST_PODS, (index) => {
    const subdomain = draw.chance(25) ? { hostname: `host-${index}`, subdomain: 'peers' } : {};
    return {
      namespace: NAMESPACES[index % NAMESPACES.length] ?? NAMESPACES[0],
      name: `p${index}`,
      node: draw.chance(50) ? 0 : 1,
      labels: {},
      hostNetwork: false,
      ready: !draw.chance(12),
      ...subdomain,
      servers: drawServers(draw),
    };
  });
}

/** The same name may be another number in the next pod (NP17). */
function drawServers(draw: Draw): readonly WorldServer[] {
  const swapped = draw.chance(40);
  const taken = new Set<string>();
  return PORTS.map((port, index): WorldServer => {
    const tcpName = TCP_NAMES[swapped ? 1 - index : index] ?? TCP_NAMES[0];
    const udpName = UDP_NAMES[index] ?? UDP_NAMES[0];
    const names = {
      ...(draw.chance(80) && !taken.has(tcpName) ? { tcpName } : {}),
      ...(draw.chance(60) && udpName !== tcpName && !taken.has(udpName) ? { udpName } : {}),
    };
    for (const name of Object.values(names)) taken.add(name);
    return { port, ...names };
  });
}

export function drawLabels(draw: Draw): Readonly<Record<string, string>> {
  return {
    ...(draw.chance(90) ? { app: draw.one(APPS) } : {}),
    ...(draw.chance(60) ? { tier: draw.one(TIERS) } : {}),
  };
}

export function drawNamespaceLabels(draw: Draw): Readonly<Record<string, string>> {
  return {
    ...(draw.chance(70) ? { team: draw.one(['red', 'blue']) } : {}),
    ...(draw.chance(30) ? { app: draw.one(APPS) } : {}),
  };
}

export const LABEL_VALUES = { app: APPS, tier: TIERS } as const;
