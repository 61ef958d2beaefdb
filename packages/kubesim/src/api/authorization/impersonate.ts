import type { ApiRequest } from '../http.ts';
import type { ServerParts } from '../http/scope.ts';
import { forbidden, success } from '../status.ts';
import type { Outcome } from '../status.ts';
import { authorize } from './authorize.ts';

/** `kubectl --as bob --as-group dev`: the request goes on as someone else, if the user may do so. */
export function impersonate(request: ApiRequest, parts: Pick<ServerParts, 'store'>): Outcome<ApiRequest> {
  const name = request.headers['impersonate-user'] ?? '';
  if (name === '') return success(request);
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name);
  const [, namespace = '', accountName = ''] = account ?? [];
  const asked =
    account === null
      ? { resource: 'users', namespace: '', name }
      : { resource: 'serviceaccounts', namespace, name: accountName };
  const denied = authorize(parts, request.user, {
    verb: 'impersonate',
    group: '',
    subresource: '',
    ...asked,
  });
  if (denied !== undefined) return forbidden({ group: '', resource: asked.resource }, asked.name, denied);
  const given = (request.headers['impersonate-group'] ?? '')
    .split(',')
    .map((group) => group.trim())
    .filter((group) => group !== '');
  const own = account === null ? [] : ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
  const groups = [...new Set([...(given.length > 0 ? given : own), 'system:authenticated'])];
  return success({ ...request, user: { name, groups } });
}
