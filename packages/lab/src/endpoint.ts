import type { Endpoint } from './model.ts';

export const ENDPOINT_NOTATIONS = [
  'pod/<namespace>/<name>',
  'pods/<namespace>/<label selector>',
  'service/<namespace>/<name>',
  'node/<name>',
  'toolbox',
  'outside/<address>',
  'host/<name or address>',
] as const;

/** Reads the notation of checks and directives; undefined when it is none of `ENDPOINT_NOTATIONS`. */
export function parseEndpoint(text: string): Endpoint | undefined {
  if (text === 'toolbox') return { kind: 'toolbox' };
  const [kind, first, ...rest] = text.split('/');
  const second = rest.join('/');
  if (first === undefined || first === '') return undefined;
  switch (kind) {
    case 'pod':
    case 'service':
      return second === '' || second.includes('/') ? undefined : { kind, namespace: first, name: second };
    case 'pods':
      return second === '' ? undefined : { kind, namespace: first, labelSelector: second };
    case 'node':
      return second === '' ? { kind, name: first } : undefined;
    case 'outside':
      return second === '' ? { kind, address: first } : undefined;
    case 'host':
      return second === '' ? { kind, host: first } : undefined;
    default:
      return undefined;
  }
}

/** The same notation, shortened for people: `pod web` in the default namespace, `pod shop/web` elsewhere. */
export function describeEndpoint(endpoint: Endpoint): string {
  switch (endpoint.kind) {
    case 'pod':
    case 'service':
      return `${endpoint.kind} ${endpoint.namespace === 'default' ? '' : `${endpoint.namespace}/`}${endpoint.name}`;
    case 'pods':
      return `a pod with ${endpoint.labelSelector} in ${endpoint.namespace}`;
    case 'node':
      return `node ${endpoint.name}`;
    case 'toolbox':
      return 'your toolbox';
    case 'outside':
      return `${endpoint.address} (outside the cluster)`;
    case 'host':
      return endpoint.host;
  }
}
