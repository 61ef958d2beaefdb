import type { Condition } from 'kubernetes-types/meta/v1';
import { intersect } from './hostname.ts';
import { isExpression } from './matching.ts';
import type { RouteEntry } from './matching.ts';
import { GATEWAY_GROUP } from './model.ts';
import type {
  Gateway,
  HttpRoute,
  LabelSelector,
  Listener,
  ObjectReference,
  ParentReference,
  ReferenceGrant,
  RouteRule,
} from './model.ts';

/** What the rules look at beyond the objects of the Gateway API itself. */
export interface Surroundings {
  readonly grants: readonly ReferenceGrant[];
  namespaceLabels(namespace: string): Readonly<Record<string, string>> | undefined;
  selects(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean;
  serviceExists(namespace: string, name: string, port: number | undefined): boolean;
  /** DER of the chain in a Secret; undefined where there is none that fits its key. */
  chainOf(namespace: string, secret: string): readonly Uint8Array[] | undefined;
}

/** One condition, before it knows when it changed. */
export type Verdict = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

export interface BoundListener {
  readonly listener: Listener;
  readonly verdicts: readonly Verdict[];
  readonly supportedKinds: readonly { readonly group: string; readonly kind: string }[];
  readonly usable: boolean;
  readonly chain: readonly Uint8Array[];
  readonly attachedRoutes: number;
  readonly entries: readonly RouteEntry[];
}

export interface BoundParent {
  readonly route: HttpRoute;
  readonly parentRef: ParentReference;
  readonly verdicts: readonly Verdict[];
}

export interface BoundGateway {
  readonly gateway: Gateway;
  readonly verdict: Verdict;
  readonly listeners: readonly BoundListener[];
  readonly parents: readonly BoundParent[];
}

const HTTP_ROUTE = { group: GATEWAY_GROUP, kind: 'HTTPRoute' } as const;
const MODELLED_FILTERS: ReadonlySet<string> = new Set([
  'RequestHeaderModifier',
  'ResponseHeaderModifier',
  'RequestRedirect',
  'URLRewrite',
  'RequestMirror',
]);

const verdict = (type: string, holds: boolean, reason: string, message = ''): Verdict => ({
  type,
  status: holds ? 'True' : 'False',
  reason,
  message,
});

const namespaceOf = ({ metadata }: { readonly metadata: { readonly namespace?: string } }): string =>
  metadata.namespace ?? 'default';

/** GW5: whether a grant in the target's namespace lets objects of that kind and namespace refer there. */
export function isGranted(
  grants: readonly ReferenceGrant[],
  from: { readonly kind: string; readonly namespace: string },
  to: { readonly group: string; readonly kind: string; readonly namespace: string; readonly name: string },
): boolean {
  if (from.namespace === to.namespace) return true;
  return grants.some(
    (grant) =>
      namespaceOf(grant) === to.namespace &&
      grant.spec.from.some(
        (each) =>
          each.group === GATEWAY_GROUP && each.kind === from.kind && each.namespace === from.namespace,
      ) &&
      grant.spec.to.some(
        (each) =>
          each.group === to.group &&
          each.kind === to.kind &&
          (each.name === undefined || each.name === '' || each.name === to.name),
      ),
  );
}

/** Lays routes behind the listeners of one Gateway, and says of each what the specification has it say. */
export function bindGateway(
  gateway: Gateway,
  routes: readonly HttpRoute[],
  around: Surroundings,
): BoundGateway {
  const drafts = gateway.spec.listeners.map((listener) => bindListener(gateway, listener, around));
  const attached = new Map<string, { count: number; entries: RouteEntry[] }>(
    drafts.map(({ listener }) => [listener.name, { count: 0, entries: [] }]),
  );
  const parents: BoundParent[] = [];
  for (const route of routes)
    for (const parentRef of route.spec.parentRefs ?? [])
      if (refersTo(route, parentRef, gateway))
        parents.push(bindRoute(route, parentRef, gateway, drafts, attached, around));
  const usable = drafts.filter((draft) => draft.usable).length;
  const unsupportedAddress = (gateway.spec.addresses ?? []).length > 0;
  return {
    gateway,
    verdict: unsupportedAddress
      ? verdict(
          'Accepted',
          false,
          'UnsupportedAddress',
          'addresses of your own choice are not part of this simulation',
        )
      : usable === drafts.length
        ? verdict('Accepted', true, 'Accepted')
        : verdict('Accepted', usable > 0, 'ListenersNotValid', 'one or more listeners are not valid'),
    listeners: drafts.map((draft) => {
      const own = attached.get(draft.listener.name);
      return { ...draft, attachedRoutes: own?.count ?? 0, entries: own?.entries ?? [] };
    }),
    parents,
  };
}

type ListenerDraft = Omit<BoundListener, 'attachedRoutes' | 'entries'>;

function bindListener(gateway: Gateway, listener: Listener, around: Surroundings): ListenerDraft {
  const { protocol, tls } = listener;
  const kinds = listener.allowedRoutes?.kinds ?? [];
  const wrongKind = kinds.find(
    ({ group = GATEWAY_GROUP, kind }) => group !== GATEWAY_GROUP || kind !== 'HTTPRoute',
  );
  const supportedKinds =
    kinds.length === 0 ||
    kinds.some(({ group = GATEWAY_GROUP, kind }) => group === GATEWAY_GROUP && kind === 'HTTPRoute')
      ? [HTTP_ROUTE]
      : [];
  const conflict = conflictOf(gateway.spec.listeners, listener);
  const accepted =
    protocol !== 'HTTP' && protocol !== 'HTTPS'
      ? verdict(
          'Accepted',
          false,
          'UnsupportedProtocol',
          `listeners of protocol ${protocol} are not part of this simulation`,
        )
      : tls?.mode === 'Passthrough'
        ? verdict(
            'Accepted',
            false,
            'UnsupportedValue',
            'TLS mode Passthrough is not part of this simulation',
          )
        : conflict !== undefined
          ? verdict('Accepted', false, conflict, '')
          : verdict('Accepted', true, 'Accepted');
  const certificate = certificateOf(gateway, listener, around);
  const resolved =
    wrongKind !== undefined
      ? verdict(
          'ResolvedRefs',
          false,
          'InvalidRouteKinds',
          `kind ${wrongKind.kind} is not supported by this listener`,
        )
      : certificate.verdict;
  const usable =
    accepted.status === 'True' && certificate.verdict.status === 'True' && supportedKinds.length > 0;
  return {
    listener,
    supportedKinds,
    usable,
    chain: certificate.chain,
    verdicts: [
      accepted,
      usable && wrongKind === undefined
        ? verdict('Programmed', true, 'Programmed')
        : verdict('Programmed', usable, usable ? 'Programmed' : 'Invalid', ''),
      resolved,
      conflict === undefined
        ? verdict('Conflicted', false, 'NoConflicts')
        : verdict('Conflicted', true, conflict, ''),
    ],
  };
}

function conflictOf(
  listeners: readonly Listener[],
  listener: Listener,
): 'ProtocolConflict' | 'HostnameConflict' | undefined {
  const others = listeners.filter((each) => each !== listener && each.port === listener.port);
  if (others.some(({ protocol }) => protocol !== listener.protocol)) return 'ProtocolConflict';
  return others.some(({ hostname = '' }) => hostname === (listener.hostname ?? ''))
    ? 'HostnameConflict'
    : undefined;
}

function certificateOf(
  gateway: Gateway,
  { protocol, tls }: Listener,
  around: Surroundings,
): { readonly verdict: Verdict; readonly chain: readonly Uint8Array[] } {
  const good = verdict('ResolvedRefs', true, 'ResolvedRefs');
  if (protocol !== 'HTTPS') return { verdict: good, chain: [] };
  const bad = (reason: string, message: string) => ({
    verdict: verdict('ResolvedRefs', false, reason, message),
    chain: [],
  });
  const [reference] = tls?.certificateRefs ?? [];
  if (reference === undefined)
    return bad('InvalidCertificateRef', 'a listener of protocol HTTPS needs a certificate');
  const { group = '', kind = 'Secret', name, namespace = namespaceOf(gateway) } = reference;
  if (group !== '' || kind !== 'Secret')
    return bad('InvalidCertificateRef', `certificates of kind ${kind} are not supported`);
  const granted = isGranted(
    around.grants,
    { kind: 'Gateway', namespace: namespaceOf(gateway) },
    { group: '', kind: 'Secret', namespace, name },
  );
  if (!granted)
    return bad(
      'RefNotPermitted',
      `no ReferenceGrant in ${namespace} lets Gateways of ${namespaceOf(gateway)} refer to Secret ${name}`,
    );
  const chain = around.chainOf(namespace, name);
  return chain === undefined
    ? bad(
        'InvalidCertificateRef',
        `Secret ${namespace}/${name} does not exist or holds no valid certificate and key`,
      )
    : { verdict: good, chain };
}

function refersTo(route: HttpRoute, parent: ParentReference, gateway: Gateway): boolean {
  return (
    (parent.group ?? GATEWAY_GROUP) === GATEWAY_GROUP &&
    (parent.kind ?? 'Gateway') === 'Gateway' &&
    parent.name === gateway.metadata.name &&
    (parent.namespace ?? namespaceOf(route)) === namespaceOf(gateway)
  );
}

function bindRoute(
  route: HttpRoute,
  parentRef: ParentReference,
  gateway: Gateway,
  listeners: readonly ListenerDraft[],
  attached: ReadonlyMap<string, { count: number; entries: RouteEntry[] }>,
  around: Surroundings,
): BoundParent {
  const resolved = resolveBackends(route, around);
  const answer = (accepted: Verdict): BoundParent => ({ route, parentRef, verdicts: [accepted, resolved] });
  const refused = (reason: string, message: string): BoundParent =>
    answer(verdict('Accepted', false, reason, message));
  const problem = unmodelled(route);
  if (problem !== undefined) return refused('UnsupportedValue', problem);
  const meant = listeners.filter(
    ({ listener }) =>
      (parentRef.sectionName === undefined || parentRef.sectionName === listener.name) &&
      (parentRef.port === undefined || parentRef.port === listener.port),
  );
  if (meant.length === 0)
    return refused('NoMatchingParent', 'no listener of the Gateway has this name and port');
  const allowing = meant.filter(
    ({ listener, supportedKinds }) => supportedKinds.length > 0 && allows(listener, route, gateway, around),
  );
  if (allowing.length === 0)
    return refused('NotAllowedByListeners', 'no listener allows routes of this kind from this namespace');
  let fits = false;
  for (const { listener, usable } of allowing) {
    const hostnames = intersect(listener.hostname, route.spec.hostnames ?? []);
    if (hostnames === undefined) continue;
    fits = true;
    const own = attached.get(listener.name);
    if (own === undefined) continue;
    own.count++;
    if (usable) own.entries.push(...entriesOf(route, hostnames));
  }
  return fits
    ? answer(verdict('Accepted', true, 'Accepted'))
    : refused('NoMatchingListenerHostname', 'no listener has a hostname in common with the route');
}

function allows(listener: Listener, route: HttpRoute, gateway: Gateway, around: Surroundings): boolean {
  const { from = 'Same', selector = {} } = listener.allowedRoutes?.namespaces ?? {};
  if (from === 'All') return true;
  if (from === 'Same') return namespaceOf(route) === namespaceOf(gateway);
  return around.selects(selector, around.namespaceLabels(namespaceOf(route)) ?? {});
}

function entriesOf(route: HttpRoute, hostnames: readonly string[]): readonly RouteEntry[] {
  return (route.spec.rules ?? [{}]).flatMap((rule: RouteRule, ruleIndex) =>
    (rule.matches === undefined || rule.matches.length === 0 ? [{}] : rule.matches).map(
      (match, matchIndex) => ({
        route: `${namespaceOf(route)}/${route.metadata.name ?? ''}`,
        namespace: namespaceOf(route),
        createdAt: route.metadata.creationTimestamp ?? '',
        hostnames,
        rule,
        ruleIndex,
        match,
        matchIndex,
      }),
    ),
  );
}

/** API10: what a route asks that is not modelled is refused, not left out. */
function unmodelled({ spec }: HttpRoute): string | undefined {
  for (const [index, rule] of (spec.rules ?? []).entries()) {
    for (const filter of rule.filters ?? [])
      if (!MODELLED_FILTERS.has(filter.type))
        return `spec.rules[${index}].filters: type ${filter.type} is not part of this simulation`;
    for (const backend of rule.backendRefs ?? [])
      if ((backend.filters ?? []).length > 0)
        return `spec.rules[${index}].backendRefs: filters of a backend are not part of this simulation`;
    for (const match of rule.matches ?? []) {
      const expressions = [
        ...(match.path?.type === 'RegularExpression' ? [match.path.value ?? ''] : []),
        ...[...(match.headers ?? []), ...(match.queryParams ?? [])].flatMap(({ type, value }) =>
          type === 'RegularExpression' ? [value] : [],
        ),
      ];
      const wrong = expressions.find((expression) => !isExpression(expression));
      if (wrong !== undefined)
        return `spec.rules[${index}].matches: the expression ${JSON.stringify(wrong)} cannot be read`;
    }
  }
  return undefined;
}

/** Why a reference to a backend does not hold; undefined when it does. */
export function backendProblem(
  reference: ObjectReference,
  routeNamespace: string,
  around: Pick<Surroundings, 'grants' | 'serviceExists'>,
): { readonly reason: string; readonly message: string } | undefined {
  const { group = '', kind = 'Service', name, namespace = routeNamespace, port } = reference;
  if (group !== '' || kind !== 'Service')
    return { reason: 'InvalidKind', message: `backends of kind ${kind} are not supported` };
  const to = { group: '', kind: 'Service', namespace, name };
  if (!isGranted(around.grants, { kind: 'HTTPRoute', namespace: routeNamespace }, to))
    return {
      reason: 'RefNotPermitted',
      message: `no ReferenceGrant in ${namespace} lets HTTPRoutes of ${routeNamespace} refer to Service ${name}`,
    };
  return around.serviceExists(namespace, name, port)
    ? undefined
    : {
        reason: 'BackendNotFound',
        message: `Service ${namespace}/${name}${port === undefined ? '' : ` with port ${port}`} does not exist`,
      };
}

function resolveBackends(route: HttpRoute, around: Surroundings): Verdict {
  for (const rule of route.spec.rules ?? []) {
    const mirrors = (rule.filters ?? []).flatMap(({ requestMirror }) => requestMirror?.backendRef ?? []);
    for (const reference of [...(rule.backendRefs ?? []), ...mirrors]) {
      const problem = backendProblem(reference, namespaceOf(route), around);
      if (problem !== undefined) return verdict('ResolvedRefs', false, problem.reason, problem.message);
    }
  }
  return verdict('ResolvedRefs', true, 'ResolvedRefs');
}
