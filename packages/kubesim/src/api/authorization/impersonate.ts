import type { ApiRequest } from '../http.ts';
import type { ServerParts } from '../http/scope.ts';
import { forbidden, internalError, success } from '../status.ts';
import type { Outcome } from '../status.ts';
import { authorize } from './authorize.ts';

const EXTRA = 'impersonate-extra-';
const AUTHENTICATED = 'system:authenticated';
const UNAUTHENTICATED = 'system:unauthenticated';
const ANONYMOUS = 'system:anonymous';
const AUTHENTICATION = 'authentication.k8s.io';

interface Wish {
  /** As Go prints the ObjectReference that upstream makes of it. */
  readonly kind: 'User' | 'ServiceAccount' | 'Group' | 'UserExtra' | 'UID';
  readonly namespace: string;
  readonly name: string;
  readonly extra: string;
}

function wishesOf(headers: ApiRequest['headers']): readonly Wish[] {
  const wishes: Wish[] = [];
  const user = headers['impersonate-user'] ?? '';
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user);
  if (account !== null)
    wishes.push({ kind: 'ServiceAccount', namespace: account[1] ?? '', name: account[2] ?? '', extra: '' });
  else if (user !== '') wishes.push({ kind: 'User', namespace: '', name: user, extra: '' });
  const wish = (kind: Wish['kind'], name: string, extra = ''): void => {
    if (name !== '') wishes.push({ kind, namespace: '', name, extra });
  };
  for (const group of valuesOf(headers['impersonate-group'])) wish('Group', group);
  for (const [header, value] of Object.entries(headers)) {
    if (!header.startsWith(EXTRA)) continue;
    for (const each of valuesOf(value)) wish('UserExtra', each, unescaped(header.slice(EXTRA.length)));
  }
  wish('UID', headers['impersonate-uid'] ?? '');
  return wishes;
}

/** An adapter joins the values of a header that came several times. */
function valuesOf(header: string | undefined): readonly string[] {
  return (header ?? '').split(',').map((value) => value.trim());
}

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

const RESOURCES: Readonly<Record<Wish['kind'], { readonly group: string; readonly resource: string }>> = {
  User: { group: '', resource: 'users' },
  ServiceAccount: { group: '', resource: 'serviceaccounts' },
  Group: { group: '', resource: 'groups' },
  UserExtra: { group: AUTHENTICATION, resource: 'userextras' },
  UID: { group: AUTHENTICATION, resource: 'uids' },
};

/** API15: `kubectl --as bob --as-group dev`: the request goes on as someone else, if the user may be each of them. */
export function impersonate(request: ApiRequest, parts: Pick<ServerParts, 'store'>): Outcome<ApiRequest> {
  const wishes = wishesOf(request.headers);
  const [first] = wishes;
  if (first === undefined) return success(request);
  if (first.kind !== 'User' && first.kind !== 'ServiceAccount')
    return internalError(
      `requested [${wishes.map((wish) => printed(wish)).join(' ')}] without impersonating a user`,
    );
  for (const { kind, namespace, name, extra } of wishes) {
    const { group, resource } = RESOURCES[kind];
    const denied = authorize(parts, request.user, {
      verb: 'impersonate',
      group,
      resource,
      subresource: extra,
      namespace,
      name,
    });
    const asked = extra === '' ? resource : `${resource}/${extra}`;
    if (denied !== undefined) return forbidden({ group, resource: asked }, name, denied);
  }
  const given = wishes.filter(({ kind }) => kind === 'Group').map(({ name }) => name);
  const own =
    first.kind === 'ServiceAccount' && given.length === 0
      ? ['system:serviceaccounts', `system:serviceaccounts:${first.namespace}`]
      : [];
  const name =
    first.kind === 'ServiceAccount' ? `system:serviceaccount:${first.namespace}:${first.name}` : first.name;
  const uid = wishes.find(({ kind }) => kind === 'UID')?.name;
  const extras = extrasOf(wishes);
  const { headers: _asked, ...rest } = request;
  return success({
    ...rest,
    headers: Object.fromEntries(
      Object.entries(request.headers).filter(([header]) => !header.startsWith('impersonate-')),
    ),
    user: {
      name,
      groups: withClass(name, [...own, ...given]),
      ...(uid === undefined ? {} : { uid }),
      ...(extras === undefined ? {} : { extra: extras }),
    },
  });
}

/** Whoever is somebody belongs to system:authenticated, unless the request says what they belong to. */
function withClass(name: string, groups: readonly string[]): readonly string[] {
  if (name === ANONYMOUS) return groups.includes(UNAUTHENTICATED) ? groups : [...groups, UNAUTHENTICATED];
  return groups.includes(AUTHENTICATED) || groups.includes(UNAUTHENTICATED)
    ? groups
    : [...groups, AUTHENTICATED];
}

function extrasOf(wishes: readonly Wish[]): Readonly<Record<string, readonly string[]>> | undefined {
  const extras = new Map<string, string[]>();
  for (const { kind, name, extra } of wishes)
    if (kind === 'UserExtra') extras.set(extra, [...(extras.get(extra) ?? []), name]);
  return extras.size === 0 ? undefined : Object.fromEntries(extras);
}

/** Go's `%v` of a core/v1 ObjectReference. */
function printed({ kind, name, extra }: Wish): string {
  const version = kind === 'Group' ? '' : `${AUTHENTICATION}/v1`;
  return `{${kind}  ${name}  ${version}  ${extra}}`;
}
