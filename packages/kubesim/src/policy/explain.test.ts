import type { Pod } from 'kubernetes-types/core/v1';
import { expect, it } from 'vitest';
import { explainDenial } from './explain.ts';

function pod(name: string, ip: string, app: string): Pod {
  return {
    metadata: { namespace: 'default', name, labels: { app } },
    spec: { containers: [] },
    status: { podIP: ip },
  };
}

const objects = {
  namespaces: [{ metadata: { name: 'default' } }],
  pods: [pod('web', '10.244.0.2', 'web'), pod('client', '10.244.0.3', 'client')],
  policies: [
    {
      metadata: { namespace: 'default', name: 'allow-web' },
      spec: {
        podSelector: { matchLabels: { app: 'web' } },
        ingress: [{ from: [{ podSelector: { matchLabels: { app: 'frontend' } } }], ports: [{ port: 80 }] }],
      },
    },
  ],
};
const connection = {
  source: { address: '10.244.0.3' },
  destination: { address: '10.244.0.2' },
  protocol: 'tcp',
  port: 80,
} as const;

it('names what isolates and what came nearest', () => {
  expect(explainDenial(objects, connection)?.text).toBe(
    'The destination is isolated for ingress by NetworkPolicy default/allow-web. Nearest to allowing it was default/allow-web, spec.ingress[0].from[0].podSelector: it wants pods with label app=frontend, which pod default/client has not.',
  );
});

it('has nothing to say of what is allowed', () => {
  const reply = { ...connection, source: connection.destination, destination: connection.source };
  expect(explainDenial(objects, reply)).toBeUndefined();
});
