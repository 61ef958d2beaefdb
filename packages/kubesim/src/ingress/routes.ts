import { Regex } from '@podwire/sim';
import type { HTTPIngressPath, Ingress, IngressBackend, IngressClass } from 'kubernetes-types/networking/v1';
import { isTerminating, keyOf } from '../runtime/objects.ts';
import { annotationOf, behaviourOf, canaryOf, isCanary } from './annotations.ts';
import type { Behaviour, Canary } from './annotations.ts';
import type { HostCertificate } from './certificates.ts';

/** What an IngressClass names when this controller is meant, unless its `--controller-class` says otherwise. */
export const CONTROLLER = 'k8s.io/ingress-nginx';
/** The class that an Ingress of before IngressClass names by its annotation. */
const LEGACY_CLASS_ANNOTATION = 'kubernetes.io/ingress.class';
const DEFAULT_CLASS_ANNOTATION = 'ingressclass.kubernetes.io/is-default-class';
/** A Service's port that requests are passed on to. */
export interface RouteBackend {
  readonly namespace: string;
  readonly service: string;
  readonly port: number | string;
}

/** One `location` of a virtual server. */
export interface Location {
  /** `exact`: the whole path; `prefix`: the path begins so (nginx's plain location); `regex`: case-insensitive, in order. */
  readonly match: 'exact' | 'prefix' | 'regex';
  readonly path: string;
  /** As the Ingress has it; absent where it comes from a default backend. */
  readonly pathType?: string;
  /** Made from a Prefix path without its slash: an Exact path of the same text goes before it. */
  readonly fromPrefix?: boolean;
  /** Absent where the default backend answers: 404. */
  readonly backend?: RouteBackend;
  /** The Ingress that it comes from, as `namespace/name`. */
  readonly ingress: string;
  /** Field of the Ingress that it comes from. */
  readonly field: string;
  readonly rewriteTarget?: string;
  readonly redirect?: { readonly status: number; readonly to: string };
  readonly appRoot?: string;
  /** Plain HTTP is sent to HTTPS: the host has a certificate (ING9). */
  readonly redirectToTls: boolean;
  readonly behaviour: Behaviour;
  /** A second backend, and who gets it. */
  readonly canary?: { readonly rule: Canary; readonly backend: RouteBackend };
}

export interface VirtualServer {
  readonly certificate: HostCertificate;
  readonly locations: readonly Location[];
}

/** What one look at the Ingresses comes to. Hosts in lower case; `_` is for every other host. */
export interface RouteTable {
  readonly servers: ReadonlyMap<string, VirtualServer>;
}

export const ANY_HOST = '_';

/** The Ingresses that this controller serves, the oldest first: where two claim a path, the older has it. */
export function servedIngresses(
  ingresses: readonly Ingress[],
  classes: readonly IngressClass[],
  controller = CONTROLLER,
): readonly Ingress[] {
  const ours = new Map(
    classes
      .filter(({ spec }) => spec?.controller === controller)
      .map((each) => [each.metadata?.name ?? '', each]),
  );
  return ingresses
    .filter((ingress) => {
      if (isTerminating(ingress)) return false;
      const name = ingress.spec?.ingressClassName ?? ingress.metadata?.annotations?.[LEGACY_CLASS_ANNOTATION];
      if (name !== undefined) return ours.has(name);
      return [...ours.values()].some(
        ({ metadata }) => metadata?.annotations?.[DEFAULT_CLASS_ANNOTATION] === 'true',
      );
    })
    .sort(
      (left, right) =>
        (left.metadata?.creationTimestamp ?? '').localeCompare(right.metadata?.creationTimestamp ?? '') ||
        keyOf(left).localeCompare(keyOf(right)),
    );
}

/** Lays the rules of all Ingresses out by host, as ingress-nginx writes them into nginx's configuration. */
export function buildRoutes(
  ingresses: readonly Ingress[],
  certificateOf: (ingress: Ingress, host: string) => HostCertificate = namedInTls,
): RouteTable {
  const certificates = new Map<string, HostCertificate>();
  for (const ingress of ingresses)
    for (const { host } of ingress.spec?.rules ?? []) {
      const name = host?.toLowerCase() ?? '';
      if (name === '' || (certificates.get(name)?.kind ?? 'none') !== 'none') continue;
      certificates.set(name, certificateOf(ingress, name));
    }
  const hasTls = (host: string): boolean => (certificates.get(host)?.kind ?? 'none') !== 'none';
  const drafts = new Map<string, Location[]>();
  const at = (host: string): Location[] => {
    const known = drafts.get(host);
    if (known !== undefined) return known;
    const fresh: Location[] = [];
    drafts.set(host, fresh);
    return fresh;
  };
  const add = (host: string, location: Location): void => {
    const locations = at(host);
    const index = locations.findIndex(
      ({ match, path }) => match === location.match && path === location.path,
    );
    if (index < 0) locations.push(location);
    else if (locations[index]?.fromPrefix === true && location.fromPrefix !== true)
      locations[index] = location;
  };
  for (const ingress of ingresses) {
    if (isCanary(ingress)) continue;
    for (const [ruleIndex, rule] of (ingress.spec?.rules ?? []).entries()) {
      const host = rule.host === undefined || rule.host === '' ? ANY_HOST : rule.host.toLowerCase();
      at(host);
      for (const [pathIndex, path] of (rule.http?.paths ?? []).entries())
        for (const location of locationsOf(ingress, path, hasTls(host)))
          add(host, { ...location, field: `spec.rules[${ruleIndex}].http.paths[${pathIndex}]` });
    }
  }
  // An Ingress's own default backend takes what no path of its hosts takes; without rules, of any host.
  for (const ingress of ingresses) {
    const backend = backendOf(ingress, ingress.spec?.defaultBackend);
    if (backend === undefined) continue;
    const hosts = (ingress.spec?.rules ?? []).map(({ host }) => host?.toLowerCase() ?? ANY_HOST);
    for (const host of hosts.length === 0 ? [ANY_HOST] : hosts)
      add(host, {
        match: 'prefix',
        path: '/',
        backend,
        ingress: keyOf(ingress),
        field: 'spec.defaultBackend',
        redirectToTls: hasTls(host) && annotationOf(ingress, 'ssl-redirect') !== 'false',
        behaviour: behaviourOf(ingress),
      });
  }
  addCanaries(ingresses.filter(isCanary), drafts);
  return {
    servers: new Map(
      [...drafts].map(([host, locations]) => [
        host,
        { locations: ordered(locations), certificate: certificates.get(host) ?? { kind: 'none' } },
      ]),
    ),
  };
}

/** What is known without looking at Secrets. */
function namedInTls(ingress: Ingress, host: string): HostCertificate {
  const named = (ingress.spec?.tls ?? []).some(({ hosts }) => hosts?.includes(host) === true);
  return named ? { kind: 'default', why: '' } : { kind: 'none' };
}

/** A canary's backend joins the location of the same host, path and pathType; without one it does nothing. */
function addCanaries(canaries: readonly Ingress[], drafts: ReadonlyMap<string, Location[]>): void {
  for (const ingress of canaries)
    for (const rule of ingress.spec?.rules ?? [])
      for (const path of rule.http?.paths ?? []) {
        const backend = backendOf(ingress, path.backend);
        const host = rule.host === undefined || rule.host === '' ? ANY_HOST : rule.host.toLowerCase();
        const locations = drafts.get(host) ?? [];
        const ours = new Set(locationsOf(ingress, path, false).map((draft) => draft.path));
        if (backend === undefined) continue;
        for (const [index, location] of locations.entries())
          if (
            ours.has(location.path) &&
            location.pathType === path.pathType &&
            location.canary === undefined &&
            location.backend !== undefined
          )
            locations[index] = { ...location, canary: { rule: canaryOf(ingress), backend } };
      }
}

type Draft = Omit<Location, 'field'>;

function locationsOf(ingress: Ingress, path: HTTPIngressPath, hasTls: boolean): readonly Draft[] {
  const annotation = (name: string): string | undefined => annotationOf(ingress, name);
  const text = path.path === undefined || path.path === '' ? '/' : path.path;
  const rewriteTarget = annotation('rewrite-target');
  const rewrites = rewriteTarget !== undefined && rewriteTarget !== '' && rewriteTarget !== text;
  const permanent = annotation('permanent-redirect');
  const temporal = annotation('temporal-redirect');
  const redirect =
    temporal !== undefined
      ? { status: 302, to: temporal }
      : permanent !== undefined
        ? { status: Number(annotation('permanent-redirect-code') ?? 301), to: permanent }
        : undefined;
  const appRoot = annotation('app-root');
  const backend = backendOf(ingress, path.backend);
  const draft: Draft = {
    match: path.pathType === 'Exact' ? 'exact' : 'prefix',
    path: text,
    pathType: path.pathType,
    ingress: keyOf(ingress),
    ...(backend === undefined ? {} : { backend }),
    ...(rewrites ? { rewriteTarget } : {}),
    ...(redirect === undefined ? {} : { redirect }),
    ...(appRoot === undefined || text !== '/' ? {} : { appRoot }),
    behaviour: behaviourOf(ingress),
    redirectToTls:
      annotation('force-ssl-redirect') === 'true' || (hasTls && annotation('ssl-redirect') !== 'false'),
  };
  if (rewrites || annotation('use-regex') === 'true') return [{ ...draft, match: 'regex' }];
  if (path.pathType !== 'Prefix' || text === '/') return [draft];
  // ING1, ING2: whole path elements, with or without a slash at the end.
  const bare = text.replace(/\/+$/, '');
  return [
    { ...draft, path: `${bare}/` },
    { ...draft, match: 'exact', path: bare, fromPrefix: true },
  ];
}

function backendOf(ingress: Ingress, backend: IngressBackend | undefined): RouteBackend | undefined {
  const { service } = backend ?? {};
  if (service === undefined) return undefined;
  const port = service.port?.name ?? service.port?.number;
  if (port === undefined) return undefined;
  return { namespace: ingress.metadata?.namespace ?? 'default', service: service.name, port };
}

/**
 * The longest path first (ING3). One regular expression makes all of a host's locations regular
 * expressions, as it does in ingress-nginx: nginx would otherwise mix two orders.
 */
function ordered(locations: readonly Location[]): readonly Location[] {
  const byLength = [...locations].sort((left, right) => right.path.length - left.path.length);
  if (!byLength.some(({ match }) => match === 'regex')) return byLength;
  return byLength.map((location) => ({ ...location, match: 'regex' as const }));
}

export type RouteMatch =
  | {
      readonly kind: 'location';
      readonly host: string;
      readonly location: Location;
      /** The path that the backend is asked for. */
      readonly upstreamPath: string;
    }
  | { readonly kind: 'none' };

/** The location that serves a request. `host` as the client sent it, perhaps with a port; `path` without its query. */
export function matchRoute(table: RouteTable, host: string, path: string): RouteMatch {
  const name = serverFor(table, host.replace(/:\d+$/, '').toLowerCase());
  const server = name === undefined ? undefined : table.servers.get(name);
  if (name === undefined || server === undefined) return { kind: 'none' };
  const exact = server.locations.find((each) => each.match === 'exact' && each.path === path);
  const location = exact ?? server.locations.find((each) => takes(each, path));
  if (location === undefined) return { kind: 'none' };
  return { kind: 'location', host: name, location, upstreamPath: rewritten(location, path) };
}

/** ING4: a wildcard stands for one label, never for none or two. An exact host goes before it. */
export function serverFor(table: RouteTable, host: string): string | undefined {
  if (table.servers.has(host)) return host;
  const dot = host.indexOf('.');
  const wildcard = `*${host.slice(dot)}`;
  if (dot > 0 && table.servers.has(wildcard)) return wildcard;
  return table.servers.has(ANY_HOST) ? ANY_HOST : undefined;
}

function takes(location: Location, path: string): boolean {
  if (location.match === 'prefix') return path.startsWith(location.path);
  if (location.match === 'exact') return false;
  return expression(`^${location.path}`)?.test(path) ?? false;
}

/** `rewrite "(?i)<path>" <target> break`: what matches decides the groups, and the target is the whole new path. */
function rewritten(location: Location, path: string): string {
  if (location.rewriteTarget === undefined) return path;
  const found = expression(location.path)?.search(path, 0);
  if (found === undefined) return path;
  return location.rewriteTarget.replace(
    /\$(\d)/g,
    (_all, digit: string) => found.groups[Number(digit)] ?? '',
  );
}

/** A path that is no regular expression matches nothing, as nginx would refuse to load it. */
function expression(source: string): Regex | undefined {
  const compiled = Regex.compile(source, { syntax: 'perl', ignoreCase: true });
  return compiled.ok ? compiled.value : undefined;
}
