import type { ServedKinds, ServedGroup } from '../custom/served.ts';
import type { Resource } from '../resources/resource.ts';

/** A subresource, or a resource that is asked but not stored (reviews), as discovery tells it. */
interface Extra {
  readonly group: string;
  /** `pods/log`, or `selfsubjectaccessreviews`. */
  readonly name: string;
  readonly kind: string;
  readonly kindGroup?: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

const SCALE = {
  kind: 'Scale',
  kindGroup: 'autoscaling',
  namespaced: true,
  verbs: ['get', 'patch', 'update'],
} as const;

const EXTRAS: readonly Extra[] = [
  { group: '', name: 'bindings', kind: 'Binding', namespaced: true, verbs: ['create'] },
  { group: '', name: 'namespaces/finalize', kind: 'Namespace', namespaced: false, verbs: ['update'] },
  { group: '', name: 'pods/attach', kind: 'PodAttachOptions', namespaced: true, verbs: ['create', 'get'] },
  { group: '', name: 'pods/binding', kind: 'Binding', namespaced: true, verbs: ['create'] },
  {
    group: '',
    name: 'pods/ephemeralcontainers',
    kind: 'Pod',
    namespaced: true,
    verbs: ['get', 'patch', 'update'],
  },
  {
    group: '',
    name: 'pods/eviction',
    kind: 'Eviction',
    kindGroup: 'policy',
    namespaced: true,
    verbs: ['create'],
  },
  { group: '', name: 'pods/exec', kind: 'PodExecOptions', namespaced: true, verbs: ['create', 'get'] },
  { group: '', name: 'pods/log', kind: 'Pod', namespaced: true, verbs: ['get'] },
  {
    group: '',
    name: 'pods/portforward',
    kind: 'PodPortForwardOptions',
    namespaced: true,
    verbs: ['create', 'get'],
  },
  {
    group: '',
    name: 'serviceaccounts/token',
    kind: 'TokenRequest',
    kindGroup: 'authentication.k8s.io',
    namespaced: true,
    verbs: ['create'],
  },
  {
    group: 'authentication.k8s.io',
    name: 'selfsubjectreviews',
    kind: 'SelfSubjectReview',
    namespaced: false,
    verbs: ['create'],
  },
  {
    group: 'authentication.k8s.io',
    name: 'tokenreviews',
    kind: 'TokenReview',
    namespaced: false,
    verbs: ['create'],
  },
  {
    group: 'authorization.k8s.io',
    name: 'localsubjectaccessreviews',
    kind: 'LocalSubjectAccessReview',
    namespaced: true,
    verbs: ['create'],
  },
  {
    group: 'authorization.k8s.io',
    name: 'selfsubjectaccessreviews',
    kind: 'SelfSubjectAccessReview',
    namespaced: false,
    verbs: ['create'],
  },
  {
    group: 'authorization.k8s.io',
    name: 'selfsubjectrulesreviews',
    kind: 'SelfSubjectRulesReview',
    namespaced: false,
    verbs: ['create'],
  },
  {
    group: 'authorization.k8s.io',
    name: 'subjectaccessreviews',
    kind: 'SubjectAccessReview',
    namespaced: false,
    verbs: ['create'],
  },
];

function extrasOf(served: ServedKinds, group: string, version: string): readonly Extra[] {
  const kinds = served.of(group, version);
  const scales = kinds.filter((resource) => resource.scale);
  const statuses = kinds.filter((resource) => resource.status);
  return [
    ...EXTRAS.filter((extra) => extra.group === group && version === 'v1'),
    ...scales.map(({ resource, namespaced }) => ({
      group,
      name: `${resource}/scale`,
      ...SCALE,
      namespaced,
    })),
    ...statuses.map(({ resource, kind, namespaced }) => ({
      group,
      name: `${resource}/status`,
      kind,
      namespaced,
      verbs: ['get', 'patch', 'update'],
    })),
  ];
}

function groupVersion(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

/** `/api/v1` and `/apis/GROUP/VERSION`. undefined: no such group. */
export function resourceList(served: ServedKinds, group: string, version: string): object | undefined {
  if (!served.serves(group, version)) return undefined;
  const resources = served.of(group, version);
  const entries = [
    ...resources.map((resource) => ({
      name: resource.resource,
      singularName: resource.singular,
      namespaced: resource.namespaced,
      kind: resource.kind,
      verbs: resource.verbs,
      ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
      ...(resource.categories.length === 0 ? {} : { categories: resource.categories }),
      storageVersionHash: storageHash(resource),
    })),
    ...extrasOf(served, group, version).map(({ name, kind, kindGroup, namespaced, verbs }) => ({
      name,
      singularName: name.includes('/') ? '' : kind.toLowerCase(),
      namespaced,
      ...(kindGroup === undefined ? {} : { group: kindGroup, version: 'v1' }),
      kind,
      verbs,
    })),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    kind: 'APIResourceList',
    ...(group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: groupVersion(group, version),
    resources: entries,
  };
}

/** Opaque to clients: any text that is the same while the storage is. */
function storageHash(resource: Resource): string {
  let hash = 0;
  for (const character of `${resource.group}/${resource.kind}`)
    hash = (Math.imul(hash, 31) + character.charCodeAt(0)) >>> 0;
  return `${hash.toString(36).padStart(11, 'A').slice(0, 11)}=`;
}

function groupEntry({ name, versions }: ServedGroup): object {
  const entries = versions.map((version) => ({ groupVersion: groupVersion(name, version), version }));
  return { name, versions: entries, preferredVersion: entries[0] };
}

export function apiVersions(): object {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: 'kubernetes.default.svc:443' }],
  };
}

export function groupList(served: ServedKinds): object {
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: served
      .groups()
      .filter(({ name }) => name !== '')
      .map(groupEntry),
  };
}

export function singleGroup(served: ServedKinds, name: string): object | undefined {
  const group = served.groups().find((each) => each.name === name);
  return name === '' || group === undefined
    ? undefined
    : { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(group) };
}

/** Aggregated discovery (KEP-3352): everything in two answers, `/api` and `/apis`. */
export function aggregatedDiscovery(served: ServedKinds, core: boolean): object {
  const groups = served.groups().filter(({ name }) => (name === '') === core);
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map(({ name, versions }) => ({
      metadata: { ...(name === '' ? {} : { name }), creationTimestamp: null },
      versions: versions.map((version) => ({
        version,
        resources: aggregatedResources(served, name, version),
        freshness: 'Current',
      })),
    })),
  };
}

function aggregatedResources(served: ServedKinds, group: string, version: string): readonly object[] {
  const extras = extrasOf(served, group, version);
  const kindOf = (kind: string, kindGroup = group): object => ({
    group: kindGroup,
    version: kindGroup === group ? version : 'v1',
    kind,
  });
  const subresources = (resource: string): { subresources?: readonly object[] } => {
    const found = extras
      .filter((extra) => extra.name.startsWith(`${resource}/`))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    if (found.length === 0) return {};
    return {
      subresources: found.map((extra) => ({
        subresource: extra.name.slice(resource.length + 1),
        responseKind: kindOf(extra.kind, extra.kindGroup),
        verbs: extra.verbs,
      })),
    };
  };
  const stored = served.of(group, version).map((resource) => ({
    resource: resource.resource,
    responseKind: kindOf(resource.kind),
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singular,
    verbs: resource.verbs,
    ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
    ...(resource.categories.length === 0 ? {} : { categories: resource.categories }),
    ...subresources(resource.resource),
  }));
  const asked = extras
    .filter((extra) => !extra.name.includes('/'))
    .map((extra) => ({
      resource: extra.name,
      responseKind: kindOf(extra.kind, extra.kindGroup),
      scope: extra.namespaced ? 'Namespaced' : 'Cluster',
      singularResource: extra.kind.toLowerCase(),
      verbs: extra.verbs,
    }));
  return [...stored, ...asked].sort((a, b) => (a.resource < b.resource ? -1 : 1));
}

export const VERSION = {
  major: '1',
  minor: '34',
  emulationMajor: '1',
  emulationMinor: '34',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '33',
  gitVersion: 'v1.34.4',
  gitCommit: '0000000000000000000000000000000000000000',
  gitTreeState: 'clean',
  buildDate: '2026-02-10T00:00:00Z',
  goVersion: 'go1.24.12',
  compiler: 'gc',
  platform: 'linux/amd64',
} as const;
