import { compileCel } from '@podwire/cel';
import type { CelExpression, CelResult, CelVariable } from '@podwire/cel';
import type { StoredObject } from '../../store/store.ts';
import { asDefinition, DEFINITIONS } from '../custom/schema.ts';
import type { Resource, ResourceContext } from '../resources/resource.ts';
import { storeKey } from '../resources/resource.ts';
import { fromLabelSelector, matchesSelector } from '../selectors.ts';
import { forbidden } from '../status.ts';
import type { Failure } from '../status.ts';
import { BINDINGS, POLICIES, POLICY_VARIABLES } from './policy.ts';
import type {
  AdmissionPolicy,
  AdmissionPolicyBinding,
  MatchResources,
  MatchRule,
  Validation,
} from './policy.ts';

/** What all expressions of one policy may cost (RuntimeCELCostBudget of k8s.io/apiserver pkg/apis/cel). */
const POLICY_BUDGET = 10_000_000;
const CALL_BUDGET = 1_000_000;

export interface AdmissionRequest {
  readonly resource: Resource;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly object: StoredObject | undefined;
  readonly old: StoredObject | undefined;
  readonly subresource: string;
  readonly dryRun: boolean;
  readonly context: ResourceContext;
  readonly warnings: string[];
  /** Where objects of a built-in kind are kept, for parameters. */
  readonly tableOfKind: (
    group: string,
    kind: string,
  ) => { readonly table: string; readonly namespaced: boolean } | undefined;
}

interface Decision {
  readonly message: string;
  readonly reason: string;
}

/** ValidatingAdmissionPolicies (KEP-3488): every binding of every policy that matches has its say. */
export function admitByPolicies(request: AdmissionRequest): Failure | undefined {
  const { context, resource } = request;
  const policies = context.list(POLICIES) as unknown as readonly AdmissionPolicy[];
  // Policies do not judge themselves: a wrong one could not be taken away.
  if (policies.length === 0 || resource.group === 'admissionregistration.k8s.io') return undefined;
  const bindings = context.list(BINDINGS) as unknown as readonly AdmissionPolicyBinding[];
  for (const policy of policies) {
    const name = policy.metadata.name ?? '';
    if (!matches(policy.spec.matchConstraints, request)) continue;
    for (const binding of bindings) {
      if (binding.spec.policyName !== name) continue;
      if (binding.spec.matchResources !== undefined && !matches(binding.spec.matchResources, request))
        continue;
      const refused = judge(policy, binding, request);
      if (refused !== undefined) return refused;
    }
  }
  return undefined;
}

function judge(
  policy: AdmissionPolicy,
  binding: AdmissionPolicyBinding,
  request: AdmissionRequest,
): Failure | undefined {
  const params = paramsOf(policy, binding, request);
  const decisions = Array.isArray(params)
    ? params.flatMap((param) => new Judgement(policy, request, param).decisions())
    : policy.spec.failurePolicy === 'Ignore'
      ? []
      : [{ message: params, reason: 'Invalid' }];
  const [first] = decisions;
  if (first === undefined) return undefined;
  const actions = binding.spec.validationActions ?? [];
  const [policyName, bindingName] = [policy.metadata.name ?? '', binding.metadata.name ?? ''];
  if (actions.includes('Warn'))
    for (const { message } of decisions)
      request.warnings.push(
        `Validation failed for ValidatingAdmissionPolicy '${policyName}' with binding '${bindingName}': ${message}`,
      );
  if (!actions.includes('Deny')) return undefined;
  const name = (request.object ?? request.old)?.metadata.name ?? '';
  const message = `ValidatingAdmissionPolicy '${policyName}' with binding '${bindingName}' denied request: ${first.message}`;
  const { status } = forbidden(request.resource, name, message);
  const code = { Forbidden: 403, Unauthorized: 401, RequestEntityTooLarge: 413 }[first.reason] ?? 422;
  return {
    ok: false,
    status: { ...status, reason: first.reason, code, details: { ...status.details, causes: [{ message }] } },
  };
}

class Judgement {
  readonly #policy: AdmissionPolicy;
  readonly #variables: Readonly<Record<string, CelVariable>>;
  #left = POLICY_BUDGET;

  constructor(policy: AdmissionPolicy, request: AdmissionRequest, params: StoredObject | undefined) {
    this.#policy = policy;
    const { context, resource, object, old } = request;
    const namespace = (object ?? old)?.metadata.namespace ?? '';
    const namespaceObject = namespace === '' ? undefined : context.get('namespaces', namespace);
    const made = new Map<string, CelResult>();
    const fields = Object.fromEntries(
      (policy.spec.variables ?? []).map(({ name, expression }) => [
        name,
        (): CelResult => {
          const known = made.get(name);
          if (known !== undefined) return known;
          const result = this.#run(expression);
          made.set(name, result);
          return result;
        },
      ]),
    );
    const gvk = { group: resource.group, version: resource.version, kind: resource.kind };
    const gvr = { group: resource.group, version: resource.version, resource: resource.resource };
    this.#variables = {
      object: { value: object ?? null },
      oldObject: { value: old ?? null },
      params: { value: params ?? null },
      namespaceObject: { value: resource.namespaced ? (namespaceObject ?? null) : null },
      variables: { fields },
      request: {
        value: {
          kind: gvk,
          resource: gvr,
          subResource: request.subresource,
          requestKind: gvk,
          requestResource: gvr,
          requestSubResource: request.subresource,
          name: (object ?? old)?.metadata.name ?? '',
          namespace,
          operation: request.operation,
          userInfo: { username: context.user.name, groups: context.user.groups },
          dryRun: request.dryRun,
        },
      },
    };
  }

  decisions(): readonly Decision[] {
    const { matchConditions = [], validations = [], failurePolicy } = this.#policy.spec;
    const failed = (message: string): readonly Decision[] =>
      failurePolicy === 'Ignore' ? [] : [{ message, reason: 'Invalid' }];
    for (const { expression } of matchConditions) {
      const result = this.#run(expression);
      if (!result.ok) return failed(result.message);
      if (result.value !== true) return [];
    }
    return validations.flatMap((validation) => {
      const result = this.#run(validation.expression);
      if (!result.ok)
        return failed(`expression '${validation.expression}' resulted in error: ${result.message}`);
      if (result.value === true) return [];
      return [{ message: this.#message(validation), reason: validation.reason ?? 'Invalid' }];
    });
  }

  #message({ expression, message, messageExpression }: Validation): string {
    if (messageExpression !== undefined) {
      const result = this.#run(messageExpression);
      if (result.ok && typeof result.value === 'string') {
        const text = result.value.trim();
        if (text !== '' && !text.includes('\n')) return text;
      }
    }
    return (message ?? '') === '' ? `failed expression: ${expression.trim()}` : (message ?? '').trim();
  }

  #run(text: string): CelResult {
    const expression = compiledOf(text);
    if (typeof expression === 'string') return { ok: false, message: expression, cost: 0 };
    const result = expression.evaluate(this.#variables, Math.min(CALL_BUDGET, Math.max(0, this.#left)));
    this.#left -= result.cost;
    return result;
  }
}

/** Expressions kept compiled: the same few judge every write. */
const MAX_COMPILED = 500;
const compiled = new Map<string, CelExpression | string>();

function compiledOf(text: string): CelExpression | string {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  const made = compileCel(text, POLICY_VARIABLES);
  if (compiled.size >= MAX_COMPILED) compiled.clear();
  const result = made.ok ? made.expression : made.message;
  compiled.set(text, result);
  return result;
}

function matches(match: MatchResources | undefined, request: AdmissionRequest): boolean {
  if (match === undefined) return true;
  const { resourceRules, excludeResourceRules = [] } = match;
  if (
    resourceRules !== undefined &&
    resourceRules.length > 0 &&
    !resourceRules.some((rule) => covers(rule, request))
  )
    return false;
  if (excludeResourceRules.some((rule) => covers(rule, request))) return false;
  return inNamespaces(match, request) && ofLabels(match, request);
}

function covers(
  rule: MatchRule,
  { resource, operation, subresource, object, old }: AdmissionRequest,
): boolean {
  const has = (list: readonly string[] | undefined, value: string): boolean =>
    list?.includes('*') === true || list?.includes(value) === true;
  const plural = resource.resource;
  const names = rule.resourceNames ?? [];
  const resources = rule.resources ?? [];
  const named =
    subresource === ''
      ? has(resources, plural) || resources.includes('*/*')
      : resources.some((each) =>
          ['*/*', `${plural}/*`, `*/${subresource}`, `${plural}/${subresource}`].includes(each),
        );
  const scoped =
    rule.scope === undefined || rule.scope === '*' || (rule.scope === 'Namespaced') === resource.namespaced;
  return (
    named &&
    scoped &&
    has(rule.apiGroups, resource.group) &&
    has(rule.apiVersions, resource.version) &&
    has(rule.operations, operation) &&
    (names.length === 0 || names.includes((object ?? old)?.metadata.name ?? ''))
  );
}

function inNamespaces({ namespaceSelector }: MatchResources, request: AdmissionRequest): boolean {
  const selector = fromLabelSelector(namespaceSelector ?? {});
  const subject = request.object ?? request.old;
  if (selector === undefined || subject === undefined) return true;
  if (request.resource.table === 'namespaces') return matchesSelector(selector, subject.metadata.labels);
  if (!request.resource.namespaced) return true;
  const namespace = request.context.get('namespaces', subject.metadata.namespace ?? '');
  return matchesSelector(selector, namespace?.metadata.labels);
}

function ofLabels({ objectSelector }: MatchResources, { object, old }: AdmissionRequest): boolean {
  const selector = fromLabelSelector(objectSelector ?? {});
  return (
    selector === undefined ||
    [object, old].some((each) => each !== undefined && matchesSelector(selector, each.metadata.labels))
  );
}

/** The parameters of a binding, each judged for itself; [undefined] when the policy takes none. A text: why there are none. */
function paramsOf(
  policy: AdmissionPolicy,
  binding: AdmissionPolicyBinding,
  request: AdmissionRequest,
): (StoredObject | undefined)[] | string {
  const { paramKind } = policy.spec;
  const { paramRef } = binding.spec;
  if (paramKind === undefined || paramRef === undefined) return [undefined];
  const apiVersion = paramKind.apiVersion ?? '';
  const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
  const where =
    request.tableOfKind(group, paramKind.kind ?? '') ??
    customTableOf(request.context, group, paramKind.kind ?? '');
  if (where === undefined)
    return `failed to configure policy: failed to find resource referenced by paramKind: '${paramKind.apiVersion ?? ''}, Kind=${paramKind.kind ?? ''}'`;
  const own = (request.object ?? request.old)?.metadata.namespace ?? '';
  const namespace = (paramRef.namespace ?? '') === '' ? own : (paramRef.namespace ?? '');
  if (where.namespaced && namespace === '')
    return 'failed to configure binding: cannot use namespaced paramRef in policy binding that matches cluster-scoped resources';
  const found =
    (paramRef.name ?? '') === ''
      ? request.context.list(where.table, where.namespaced ? `${namespace}/` : '').filter((each) => {
          const selector = fromLabelSelector(paramRef.selector);
          return selector !== undefined && matchesSelector(selector, each.metadata.labels);
        })
      : [request.context.get(where.table, storeKey(where, namespace, paramRef.name ?? ''))].filter(
          (each) => each !== undefined,
        );
  if (found.length > 0) return [...found];
  return paramRef.parameterNotFoundAction === 'Allow'
    ? []
    : 'failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction';
}

function customTableOf(
  context: ResourceContext,
  group: string,
  kind: string,
): { readonly table: string; readonly namespaced: boolean } | undefined {
  const found = context
    .list(DEFINITIONS)
    .map(asDefinition)
    .find(({ spec }) => spec.group === group && spec.names.kind === kind);
  return found === undefined
    ? undefined
    : { table: `${group}/${found.spec.names.plural}`, namespaced: found.spec.scope === 'Namespaced' };
}
