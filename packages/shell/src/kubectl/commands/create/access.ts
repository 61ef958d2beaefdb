import { groupResourceOf } from '../../api/discovery.ts';
import type { ResourceType } from '../../api/discovery.ts';
import type { Command, Invocation } from '../../command/command.ts';
import { Failure, fail } from '../../failure.ts';
import * as surface from '../../surface/create.ts';
import { goQuote } from '../../values/go-text.ts';
import { compareText } from '../../values/json.ts';
import type { JsonObject } from '../../values/json.ts';
import { compact, generate } from './generate.ts';
import type { GeneratorRequest } from './generate.ts';
import { requireFlags } from './required.ts';

const RBAC = 'rbac.authorization.k8s.io';
const RESOURCE_VERBS = new Set(
  '* get delete list create update patch watch proxy deletecollection use bind escalate impersonate'.split(
    ' ',
  ),
);
const NON_RESOURCE_VERBS = new Set('* get post put delete patch head options'.split(' '));
const ROLES = [`roles.${RBAC}`, `clusterroles.${RBAC}`];

/** Verbs that mean something for a few types only, which need not be API resources. */
const SPECIAL_VERBS: ReadonlyMap<string, readonly string[]> = new Map([
  ['use', ['podsecuritypolicies.policy', 'podsecuritypolicies.extensions']],
  ['bind', ROLES],
  ['escalate', ROLES],
  ['impersonate', ['users', 'serviceaccounts', 'groups', 'userextras.authentication.k8s.io']],
]);

interface RuleResource {
  readonly resource: string;
  readonly group: string;
  readonly subresource: string;
}

const unique = (words: readonly string[]): string[] => [...new Set(words)];

function verbsOf({ flags }: Invocation): readonly string[] {
  const verbs = unique(flags.list('verb'));
  return verbs.includes('*') ? ['*'] : verbs;
}

function resourcesOf({ flags }: Invocation): readonly RuleResource[] {
  const resources: RuleResource[] = [];
  for (const word of flags.list('resource')) {
    const slash = word.indexOf('/');
    const name = slash < 0 ? word : word.slice(0, slash);
    const dot = name.indexOf('.');
    const parsed = {
      resource: dot < 0 ? name : name.slice(0, dot),
      group: dot < 0 ? '' : name.slice(dot + 1),
      subresource: slash < 0 ? '' : word.slice(slash + 1),
    };
    if (word === '*') return [parsed];
    resources.push(parsed);
  }
  return resources;
}

function lookUp({ session }: Invocation, { resource, group }: RuleResource): ResourceType | undefined {
  return session.discovery().find(group === '' ? resource : `${resource}.${group}`);
}

function checkResources(
  invocation: Invocation,
  verbs: readonly string[],
  resources: readonly RuleResource[],
): void {
  for (const each of resources) {
    if (each.resource === '') fail('resource must be specified if apiGroup/subresource specified');
    if (each.resource === '*') return;
    const type = lookUp(invocation, each);
    const name = type?.resource ?? each.resource;
    const group = type?.group ?? each.group;
    const qualified = type === undefined ? (group === '' ? name : `${name}.${group}`) : groupResourceOf(type);
    let known = type !== undefined;
    for (const verb of verbs) {
      const allowed = SPECIAL_VERBS.get(verb);
      if (allowed === undefined) continue;
      if (!allowed.includes(qualified)) fail(`can not perform '${verb}' on '${name}' in group '${group}'`);
      known = true;
    }
    if (!known) {
      const place = group === '' ? '' : ` in group ${goQuote(group)}`;
      throw new Failure({
        kind: 'no-resource',
        message: `the server doesn't have a resource type ${goQuote(name)}${place}`,
      });
    }
  }
}

function warnOfVerbs({ session }: Invocation, verbs: readonly string[]): void {
  for (const verb of verbs)
    if (!RESOURCE_VERBS.has(verb)) session.err(`Warning: '${verb}' is not a standard resource verb\n`);
}

function rulesOf(
  invocation: Invocation,
  verbs: readonly string[],
  resources: readonly RuleResource[],
  urls: readonly string[],
): JsonObject[] {
  const byGroup = new Map<string, string[]>();
  for (const each of resources) {
    const type = lookUp(invocation, each);
    const group = type?.group ?? each.group;
    const name = (type?.resource ?? each.resource) + (each.subresource === '' ? '' : `/${each.subresource}`);
    const names = byGroup.get(group) ?? [];
    if (!names.includes(name)) names.push(name);
    byGroup.set(group, names);
  }
  const resourceNames = unique(invocation.flags.list('resource-name'));
  const rules = [...byGroup]
    .sort(([a], [b]) => compareText(a, b))
    .map(([group, names]) =>
      compact({
        verbs: [...verbs],
        apiGroups: [group],
        resources: names,
        resourceNames: resourceNames.length > 0 ? resourceNames : undefined,
      }),
    );
  if (urls.length > 0) rules.push({ verbs: [...verbs], nonResourceURLs: [...urls] });
  return rules;
}

function role({ invocation, metadata }: GeneratorRequest): JsonObject {
  const verbs = verbsOf(invocation);
  const resources = resourcesOf(invocation);
  if (verbs.length === 0) fail('at least one verb must be specified');
  warnOfVerbs(invocation, verbs);
  if (resources.length === 0) fail('at least one resource must be specified');
  checkResources(invocation, verbs, resources);
  return {
    kind: 'Role',
    apiVersion: `${RBAC}/v1`,
    metadata,
    rules: rulesOf(invocation, verbs, resources, []),
  };
}

function checkUrls(verbs: readonly string[], urls: readonly string[]): void {
  if (urls.length === 0) return;
  for (const verb of verbs)
    if (!NON_RESOURCE_VERBS.has(verb)) fail(`invalid verb: '${verb}' for nonResourceURL`);
  for (const url of urls) {
    if (url === '*') continue;
    if (!url.startsWith('/')) fail('nonResourceURL should start with /');
    if (url.slice(0, -1).includes('*'))
      fail("nonResourceURL only supports wildcard matches when '*' is at the end");
  }
}

function clusterRole({ invocation, metadata }: GeneratorRequest): JsonObject {
  const verbs = verbsOf(invocation);
  const resources = resourcesOf(invocation);
  const urls = unique(invocation.flags.list('non-resource-url'));
  const aggregation = invocation.flags.pairs('aggregation-rule');
  const head = { kind: 'ClusterRole', apiVersion: `${RBAC}/v1`, metadata };
  if (aggregation.size > 0) {
    if (
      urls.length > 0 ||
      verbs.length > 0 ||
      resources.length > 0 ||
      invocation.flags.list('resource-name').length > 0
    ) {
      fail('aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames');
    }
    return {
      ...head,
      rules: null,
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: Object.fromEntries(aggregation) }] },
    };
  }
  if (verbs.length === 0) fail('at least one verb must be specified');
  if (resources.length === 0 && urls.length === 0)
    fail('one of resource or nonResourceURL must be specified');
  if (resources.length > 0) {
    warnOfVerbs(invocation, verbs);
    checkResources(invocation, verbs, resources);
  }
  checkUrls(verbs, urls);
  return { ...head, rules: rulesOf(invocation, verbs, resources, urls) };
}

/** The subjects of a binding, in the order users, groups, service accounts. */
export function subjectsOf({ flags }: Invocation): JsonObject[] {
  return [
    ...flags.list('user').map((name) => ({ kind: 'User', apiGroup: RBAC, name })),
    ...flags.list('group').map((name) => ({ kind: 'Group', apiGroup: RBAC, name })),
    ...flags.list('serviceaccount').map((account) => {
      const [namespace = '', name = '', ...rest] = account.split(':');
      if (namespace === '' || name === '' || rest.length > 0)
        fail('serviceaccount must be <namespace>:<name>');
      return { kind: 'ServiceAccount', name, namespace };
    }),
  ];
}

function binding(kind: 'RoleBinding' | 'ClusterRoleBinding'): (request: GeneratorRequest) => JsonObject {
  return ({ invocation, metadata }) => {
    const roleName = invocation.flags.textIfAny('role');
    const clusterRoleName = invocation.flags.text('clusterrole');
    if (kind === 'RoleBinding' && (clusterRoleName === '') === (roleName === ''))
      fail('exactly one of clusterrole or role must be specified');
    const subjects = subjectsOf(invocation);
    return compact({
      kind,
      apiVersion: `${RBAC}/v1`,
      metadata,
      subjects: subjects.length > 0 ? subjects : undefined,
      roleRef: {
        apiGroup: RBAC,
        kind: roleName === '' ? 'ClusterRole' : 'Role',
        name: roleName || clusterRoleName,
      },
    });
  };
}

export const createRole: Command = {
  ...surface.CREATE_ROLE,
  examples: [
    ['Let someone read pods', 'kubectl create role pod-reader --verb=get,list,watch --resource=pods'],
    [
      'One deployment only',
      'kubectl create role web-scaler --verb=patch --resource=deployments.apps/scale --resource-name=web',
    ],
  ],
  run: (invocation) => generate(invocation, { resource: 'roles', namespaced: true, build: role }),
};

export const createClusterRole: Command = {
  ...surface.CREATE_CLUSTERROLE,
  examples: [
    [
      'Let someone read pods of every namespace',
      'kubectl create clusterrole pod-reader --verb=get,list,watch --resource=pods',
    ],
    ['Paths that are no resources', 'kubectl create clusterrole logs --verb=get --non-resource-url=/logs/*'],
  ],
  run: (invocation) =>
    generate(invocation, { resource: 'clusterroles', namespaced: false, build: clusterRole }),
};

export const createRoleBinding: Command = {
  ...surface.CREATE_ROLEBINDING,
  examples: [
    [
      'Give a service account a role',
      'kubectl create rolebinding read --role=pod-reader --serviceaccount=default:web',
    ],
  ],
  run: (invocation) =>
    generate(invocation, {
      resource: 'rolebindings',
      namespaced: true,
      failure: 'failed to create rolebinding:',
      build: binding('RoleBinding'),
    }),
};

export const createClusterRoleBinding: Command = {
  ...surface.CREATE_CLUSTERROLEBINDING,
  examples: [
    [
      'Make a user an administrator',
      'kubectl create clusterrolebinding admin --clusterrole=cluster-admin --user=me',
    ],
  ],
  run: (invocation) => {
    requireFlags(invocation, ['clusterrole']);
    return generate(invocation, {
      resource: 'clusterrolebindings',
      namespaced: false,
      failure: 'failed to create clusterrolebinding:',
      build: binding('ClusterRoleBinding'),
    });
  },
};
