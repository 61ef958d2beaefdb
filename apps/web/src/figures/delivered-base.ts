import { z } from 'zod';

const text = z.string();
const className = z.object({ className: text });

/** What of a lab a reader's browser gets to boot the cluster of a figure: `GET /figures/<lab>`. */
export const deliveredBaseSchema = z.object({
  key: text,
  needs: z.object({
    nodes: z.number(),
    cni: z.enum(['bridge', 'ptp', 'vxlan', 'none']),
    networkPolicies: z.boolean(),
    outsideHosts: z.array(z.object({ address: text, tcpPorts: z.array(z.number()) })),
    loadBalancer: z.boolean().optional(),
    ingress: className.optional(),
    gateway: className.optional(),
    ipFamily: z.enum(['ipv4', 'ipv6', 'dual']).optional(),
    podCidrs: z.array(text).optional(),
    serviceCidrs: z.array(text).optional(),
    proxyMode: z.enum(['nftables', 'iptables']).optional(),
    nodeLabels: z.array(z.record(text, text)).optional(),
  }),
  setup: z.array(
    z.looseObject({
      apiVersion: text,
      kind: text,
      metadata: z.looseObject({ name: text, namespace: text.optional() }),
    }),
  ),
});

export type DeliveredBase = z.infer<typeof deliveredBaseSchema>;
