import type { ApiResponse } from '../http.ts';
import { textResponse } from './respond.ts';
import type { Query } from './scope.ts';

const HOOK = 'poststarthook/';
/** The checks of a kube-apiserver of 1.34, in the order in which it tells of them. */
const HOOKS = [
  'start-apiserver-admission-initializer',
  'generic-apiserver-start-informers',
  'priority-and-fairness-config-consumer',
  'priority-and-fairness-filter',
  'storage-object-count-tracker-hook',
  'start-apiextensions-informers',
  'start-apiextensions-controllers',
  'crd-informer-synced',
  'start-system-namespaces-controller',
  'start-cluster-authentication-info-controller',
  'start-kube-apiserver-identity-lease-controller',
  'start-kube-apiserver-identity-lease-garbage-collector',
  'start-legacy-token-tracking-controller',
  'start-service-ip-repair-controllers',
  'rbac/bootstrap-roles',
  'scheduling/bootstrap-system-priority-classes',
  'priority-and-fairness-config-producer',
  'bootstrap-controller',
  'start-kubernetes-service-cidr-controller',
  'aggregator-reload-proxy-client-cert',
  'start-kube-aggregator-informers',
  'apiservice-status-local-available-controller',
  'apiservice-status-remote-available-controller',
  'apiservice-registration-controller',
  'apiservice-discovery-controller',
  'kube-apiserver-autoregistration',
].map((name) => `${HOOK}${name}`);
const LAST_HOOKS = [
  'autoregister-completion',
  `${HOOK}apiservice-openapi-controller`,
  `${HOOK}apiservice-openapiv3-controller`,
];

function checksOf(root: string): readonly string[] {
  const ready = root === 'readyz';
  return [
    'ping',
    'log',
    'etcd',
    ...(ready ? ['etcd-readiness', 'informer-sync'] : []),
    ...HOOKS,
    ...LAST_HOOKS,
    ...(ready ? ['shutdown'] : []),
  ];
}

/** API1: `/healthz`, `/livez`, `/readyz`: `ok`, or every check with `?verbose`; one check below them. */
export function healthAnswer(root: string, check: string, query: Query): ApiResponse {
  const checks = checksOf(root);
  if (check !== '')
    return checks.includes(check) ? textResponse(200, 'ok') : textResponse(404, '404 page not found\n');
  if (!query.has('verbose')) return textResponse(200, 'ok');
  const excluded = query.all('exclude');
  const lines = checks.map((name) => (excluded.includes(name) ? `[+]${name} excluded: ok` : `[+]${name} ok`));
  const unknown = [...new Set(excluded)].filter((name) => !checks.includes(name)).sort();
  if (unknown.length > 0)
    lines.push(
      `warn: some health checks cannot be excluded: no matches for ${unknown.map((name) => JSON.stringify(name)).join(',')}`,
    );
  return textResponse(200, `${lines.join('\n')}\n${root} check passed\n`);
}
