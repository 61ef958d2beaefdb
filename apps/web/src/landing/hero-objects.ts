/** What stands in the cluster of the start page, as anyone would apply it. */

const labelled = (app: string) => ({ app });

function pod(name: string, app: string, nodeName: string) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: labelled(app) },
    spec: { nodeName, containers: [{ name: app, image: 'nginx', ports: [{ containerPort: 80 }] }] },
  };
}

export const HERO_PODS = [
  pod('web', 'web', 'podwire-control-plane'),
  pod('api-1', 'api', 'podwire-control-plane'),
  pod('api-2', 'api', 'podwire-worker'),
  pod('db', 'db', 'podwire-worker'),
] as const;

export const HERO_SERVICE = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'api' },
  spec: { selector: labelled('api'), ports: [{ port: 80 }] },
} as const;

export const HERO_POLICY = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'db-from-api' },
  spec: {
    podSelector: { matchLabels: labelled('db') },
    policyTypes: ['Ingress'],
    ingress: [{ from: [{ podSelector: { matchLabels: labelled('api') } }] }],
  },
} as const;
