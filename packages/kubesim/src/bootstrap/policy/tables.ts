/**
 * Reads the tables of roles and bindings.
 *
 *     [NAMESPACE ]NAME[ to=LABEL,…][ of=LABEL]        a role; what it is aggregated to, and what it aggregates
 *       VERBS GROUPS RESOURCES[ names=NAME,…]         a rule of it; `core` is the group without a name
 *       VERBS url PATHS
 *     [NAMESPACE ]NAME[=ROLE] user:NAME group:NAME sa:NAMESPACE/NAME …
 *
 * READ, WRITE and ALL stand for verbs, EVENTS for the rule of whoever records Events. A line that is indented by four
 * goes on where the line before it ended.
 */
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  Subject,
} from 'kubernetes-types/rbac/v1';

const GROUP = 'rbac.authorization.k8s.io';
const API_VERSION = 'rbac.authorization.k8s.io/v1' as const;
const AGGREGATE = 'rbac.authorization.k8s.io/aggregate-to-';

const VERBS: Readonly<Record<string, readonly string[]>> = {
  READ: ['get', 'list', 'watch'],
  WRITE: ['create', 'delete', 'deletecollection', 'patch', 'update'],
  ALL: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
};
const RECORDING_EVENTS: PolicyRule = {
  apiGroups: ['', 'events.k8s.io'],
  resources: ['events'],
  verbs: ['create', 'patch', 'update'],
};

/** The API server looks after what is marked so: it writes it anew at each start. */
const AUTO_UPDATE = { 'rbac.authorization.kubernetes.io/autoupdate': 'true' };
const BOOTSTRAPPING = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };

/** Who wrote a table, as its objects' labels and annotations tell. */
export type Author = 'apiserver' | 'kubeadm';

function linesOf(table: string): readonly string[] {
  return table
    .replaceAll(/,\n {4}(?! )/g, ',')
    .replaceAll(/\n {4}(?! )/g, ' ')
    .split('\n')
    .filter((line) => line !== '');
}

function ruleOf(line: string): PolicyRule {
  if (line === 'EVENTS') return RECORDING_EVENTS;
  const [verbs = '', groups = '', resources = '', names] = line.split(' ');
  const allVerbs = verbs.split(',').flatMap((verb) => VERBS[verb] ?? [verb]);
  if (groups === 'url') return { nonResourceURLs: resources.split(','), verbs: allVerbs };
  return {
    apiGroups: groups.split(',').map((group) => (group === 'core' ? '' : group)),
    ...(names === undefined ? {} : { resourceNames: names.slice('names='.length).split(',') }),
    resources: resources.split(','),
    verbs: allVerbs,
  };
}

function metadataOf(author: Author, name: string, namespace: string, aggregatedTo: readonly string[]) {
  const labels = {
    ...(author === 'apiserver' ? BOOTSTRAPPING : {}),
    ...Object.fromEntries(aggregatedTo.map((label) => [`${AGGREGATE}${label}`, 'true'])),
  };
  return {
    name,
    ...(namespace === '' ? {} : { namespace }),
    ...(author === 'apiserver' ? { annotations: AUTO_UPDATE } : {}),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
  };
}

interface Head {
  readonly namespace: string;
  readonly name: string;
  readonly rest: readonly string[];
}

function headOf(line: string, namespaced: boolean): Head {
  const words = line.split(' ');
  const namespace = namespaced ? (words.shift() ?? '') : '';
  return { namespace, name: words.shift() ?? '', rest: words };
}

interface RawRole extends Head {
  readonly rules: PolicyRule[];
}

function rolesOf(table: string, namespaced: boolean): readonly RawRole[] {
  const roles: RawRole[] = [];
  for (const line of linesOf(table)) {
    if (line.startsWith('  ')) roles.at(-1)?.rules.push(ruleOf(line.trim()));
    else roles.push({ ...headOf(line, namespaced), rules: [] });
  }
  return roles;
}

export function clusterRoles(table: string, author: Author, prefix = ''): readonly ClusterRole[] {
  return rolesOf(table, false).map(({ name, rest, rules }) => {
    const labels = (key: string): readonly string[] =>
      rest
        .find((word) => word.startsWith(key))
        ?.slice(key.length)
        .split(',') ?? [];
    const gathered = labels('of=');
    return {
      apiVersion: API_VERSION,
      kind: 'ClusterRole',
      metadata: metadataOf(author, `${prefix}${name}`, '', labels('to=')),
      ...(gathered.length === 0
        ? {}
        : {
            aggregationRule: {
              clusterRoleSelectors: gathered.map((label) => ({
                matchLabels: { [`${AGGREGATE}${label}`]: 'true' },
              })),
            },
          }),
      rules,
    };
  });
}

export function roles(table: string, author: Author): readonly Role[] {
  return rolesOf(table, true).map(({ namespace, name, rules }) => ({
    apiVersion: API_VERSION,
    kind: 'Role',
    metadata: metadataOf(author, name, namespace, []),
    rules,
  }));
}

function subjectOf(word: string): Subject {
  const colon = word.indexOf(':');
  const name = word.slice(colon + 1);
  switch (word.slice(0, colon)) {
    case 'user':
      return { apiGroup: GROUP, kind: 'User', name };
    case 'group':
      return { apiGroup: GROUP, kind: 'Group', name };
    default: {
      const [namespace = '', account = ''] = name.split('/');
      return { kind: 'ServiceAccount', name: account, namespace };
    }
  }
}

function bindingOf<Kind extends string>(
  author: Author,
  { namespace, name: names, rest }: Head,
  kind: Kind,
  roleKind: string,
) {
  const [name = '', role = name] = names.split('=');
  return {
    apiVersion: API_VERSION,
    kind,
    metadata: metadataOf(author, name, namespace, []),
    roleRef: { apiGroup: GROUP, kind: roleKind, name: role },
    ...(rest.length === 0 ? {} : { subjects: rest.map(subjectOf) }),
  };
}

export function clusterRoleBindings(table: string, author: Author): readonly ClusterRoleBinding[] {
  return linesOf(table).map((line) =>
    bindingOf(author, headOf(line, false), 'ClusterRoleBinding', 'ClusterRole'),
  );
}

export function roleBindings(table: string, author: Author): readonly RoleBinding[] {
  return linesOf(table).map((line) => bindingOf(author, headOf(line, true), 'RoleBinding', 'Role'));
}
