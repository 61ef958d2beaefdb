import type { ApiResponse } from '../http.ts';
import { textResponse } from './respond.ts';
import type { Query } from './scope.ts';

const CHECKS = [
  'ping',
  'log',
  'etcd',
  'informer-sync',
  'poststarthook/start-apiserver-admission-initializer',
  'poststarthook/rbac/bootstrap-roles',
  'poststarthook/scheduling/bootstrap-system-priority-classes',
  'shutdown',
];

/** `/healthz`, `/livez`, `/readyz`: `ok`, or every check with `?verbose`. */
export function healthAnswer(root: string, check: string, query: Query): ApiResponse {
  if (check !== '')
    return CHECKS.includes(check) ? textResponse(200, 'ok') : textResponse(404, '404 page not found\n');
  if (!query.has('verbose')) return textResponse(200, 'ok');
  const excluded = query.all('exclude');
  const lines = CHECKS.map((name) => (excluded.includes(name) ? `[+]${name} excluded: ok` : `[+]${name} ok`));
  return textResponse(200, `${lines.join('\n')}\n${root} check passed\n`);
}
