import type { LimitRange, LimitRangeItem, ResourceQuota } from 'kubernetes-types/core/v1';
import { age, columns, nameOf } from '../printers/columns.ts';
import { parseQuantity } from '../quantity.ts';
import { defineResource, setStatus } from '../resources/resource.ts';
import type { Resource } from '../resources/resource.ts';
import { notModelled } from '../status.ts';
import type { FieldErrors } from '../validation/field-errors.ts';
import { sortedEntries } from '../validation/metadata.ts';
import { dnsSubdomain, qualifiedName } from '../validation/names.ts';

const COMPUTE =
  /^(?:(?:requests\.|limits\.)?(?:cpu|memory|ephemeral-storage)|requests\.storage|(?:requests\.)?hugepages-.+)$/;
const OBJECTS = [
  'pods',
  'services',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
];
const SCOPES = [
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'PriorityClass',
  'CrossNamespacePodAffinity',
  'VolumeAttributesClass',
];
/** Whose operator chooses among values; of all others there is only whether a pod is in them. */
const VALUED_SCOPES = ['PriorityClass', 'VolumeAttributesClass'];
const COMPUTE_OF_PODS = ['cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory'];
const EXCLUSIVE = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const;

function validateAmount(text: string, path: string, errors: FieldErrors, whole: boolean): void {
  const nanos = parseQuantity(text)?.nanos ?? 0n;
  if (nanos < 0n) errors.invalid(path, text, 'must be greater than or equal to 0');
  if (whole && nanos % 1_000_000_000n !== 0n) errors.invalid(path, text, 'must be an integer');
}

function validateQuota(quota: ResourceQuota, errors: FieldErrors): void {
  for (const [name, text] of sortedEntries((quota.spec?.hard ?? {}) as Record<string, string>)) {
    const path = `spec.hard[${name}]`;
    const messages = qualifiedName(name);
    errors.invalidEach(path, name, messages);
    if (messages.length === 0 && !name.includes('/') && !isStandard(name)) {
      errors.invalid(path, name, 'must be a standard resource type or fully qualified');
      errors.invalid(path, name, 'must be a standard resource for quota');
    }
    validateAmount(text, path, errors, OBJECTS.includes(name) || name.startsWith('count/'));
  }
  validateScopes(quota, errors);
}

function isStandard(name: string): boolean {
  return COMPUTE.test(name) || OBJECTS.includes(name);
}

/** helper.IsResourceQuotaScopeValidForResource. */
function scopeSpeaksOf(scope: string, name: string): boolean {
  if (!SCOPES.includes(scope)) return true;
  if (scope === 'VolumeAttributesClass') return ['persistentvolumeclaims', 'requests.storage'].includes(name);
  return name === 'pods' || (scope !== 'BestEffort' && COMPUTE_OF_PODS.includes(name));
}

function validateScopes({ spec }: ResourceQuota, errors: FieldErrors): void {
  const names = Object.keys(spec?.hard ?? {})
    .filter(isStandard)
    .sort();
  const scopes = spec?.scopes ?? [];
  const conflicts = (given: readonly string[]): void => {
    for (const pair of EXCLUSIVE)
      if (pair.every((scope) => given.includes(scope)))
        errors.invalid('spec.scopes', scopes, 'conflicting scopes');
  };
  for (const scope of scopes) {
    if (!SCOPES.includes(scope)) errors.invalid('spec.scopes', scopes, 'unsupported scope');
    for (const name of names)
      if (!scopeSpeaksOf(scope, name))
        errors.invalid('spec.scopes', scopes, 'unsupported scope applied to resource');
  }
  conflicts(scopes);
  const path = 'spec.scopeSelector.matchExpressions';
  const wanted = spec?.scopeSelector?.matchExpressions ?? [];
  for (const { operator, scopeName, values } of wanted) {
    if (!SCOPES.includes(scopeName)) errors.invalid(`${path}.scopeName`, scopeName, 'unsupported scope');
    for (const name of names)
      if (!scopeSpeaksOf(scopeName, name))
        errors.invalid(path, spec?.scopeSelector, 'unsupported scope applied to resource');
    if (SCOPES.includes(scopeName) && !VALUED_SCOPES.includes(scopeName) && operator !== 'Exists')
      errors.invalid(
        `${path}.operator`,
        operator,
        "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
      );
    if (operator === 'In' || operator === 'NotIn') {
      if ((values ?? []).length === 0)
        errors.required(
          `${path}.values`,
          "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
        );
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if ((values ?? []).length > 0)
        errors.invalid(
          `${path}.values`,
          values,
          "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
        );
    } else errors.invalid(`${path}.operator`, operator, 'not a valid selector operator');
  }
  conflicts(wanted.map(({ scopeName }) => scopeName));
}

function quotaCells(quota: ResourceQuota, nowMs: number): readonly string[] {
  const hard = (quota.status?.hard ?? {}) as Readonly<Record<string, string>>;
  const used = (quota.status?.used ?? {}) as Readonly<Record<string, string>>;
  const shown = (limits: boolean): string =>
    Object.keys(hard)
      .sort()
      .filter((name) => name.startsWith('limits.') === limits)
      .map((name) => `${name}: ${used[name] ?? '0'}/${hard[name] ?? '0'}`)
      .join(', ');
  return [nameOf(quota), shown(false), shown(true), age(quota, nowMs)];
}

type AmountField = 'max' | 'min' | 'default' | 'defaultRequest' | 'maxLimitRequestRatio';

function amount(item: LimitRangeItem, field: AmountField, name: string): string | undefined {
  return item[field]?.[name];
}

function validateRange(range: LimitRange, errors: FieldErrors): void {
  const seen = new Set<string>();
  for (const [index, item] of (range.spec?.limits ?? []).entries()) {
    const path = `spec.limits[${index}]`;
    if (seen.has(item.type)) errors.duplicate(`${path}.type`, item.type);
    seen.add(item.type);
    if (item.type === 'Pod') {
      for (const field of ['default', 'defaultRequest'] as const)
        if (Object.keys(item[field] ?? {}).length > 0)
          errors.forbidden(`${path}.${field}`, "may not be specified when `type` is 'Pod'");
    }
    const names = new Set(
      (['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const).flatMap((field) =>
        Object.keys(item[field] ?? {}),
      ),
    );
    for (const name of [...names].sort()) validateItem(item, name, path, errors);
  }
}

function validateItem(item: LimitRangeItem, name: string, path: string, errors: FieldErrors): void {
  const nanos = (field: AmountField): bigint | undefined => {
    const text = amount(item, field, name);
    return text === undefined ? undefined : parseQuantity(text)?.nanos;
  };
  const text = (field: AmountField): string => amount(item, field, name) ?? '';
  const above = (lower: AmountField, upper: AmountField): boolean => {
    const [a, b] = [nanos(lower), nanos(upper)];
    return a !== undefined && b !== undefined && a > b;
  };
  const at = (field: AmountField): string => `${path}.${field}[${name}]`;
  if (above('min', 'max'))
    errors.invalid(
      at('min'),
      text('min'),
      `min value ${text('min')} is greater than max value ${text('max')}`,
    );
  if (above('min', 'defaultRequest'))
    errors.invalid(
      at('defaultRequest'),
      text('defaultRequest'),
      `min value ${text('min')} is greater than default request value ${text('defaultRequest')}`,
    );
  if (above('defaultRequest', 'max'))
    errors.invalid(
      at('defaultRequest'),
      text('defaultRequest'),
      `default request value ${text('defaultRequest')} is greater than max value ${text('max')}`,
    );
  if (above('defaultRequest', 'default'))
    errors.invalid(
      at('defaultRequest'),
      text('defaultRequest'),
      `default request value ${text('defaultRequest')} is greater than default limit value ${text('default')}`,
    );
  if (above('min', 'default'))
    errors.invalid(
      at('default'),
      text('min'),
      `min value ${text('min')} is greater than default value ${text('default')}`,
    );
  if (above('default', 'max'))
    errors.invalid(
      at('default'),
      text('max'),
      `default value ${text('default')} is greater than max value ${text('max')}`,
    );
  const ratio = nanos('maxLimitRequestRatio');
  if (ratio !== undefined && ratio < 1_000_000_000n)
    errors.invalid(
      at('maxLimitRequestRatio'),
      text('maxLimitRequestRatio'),
      `ratio ${text('maxLimitRequestRatio')} is less than 1`,
    );
}

/** defaults.SetDefaults_LimitRangeItem. */
function defaultRange(range: LimitRange): void {
  for (const item of range.spec?.limits ?? []) {
    if (item.type !== 'Container') continue;
    const limits = { ...item.max, ...item.default };
    const requests = { ...item.min, ...limits, ...item.defaultRequest };
    if (Object.keys(limits).length > 0) item.default = limits;
    if (Object.keys(requests).length > 0) item.defaultRequest = requests;
  }
}

export const limitResources: readonly Resource[] = [
  defineResource<LimitRange>({
    group: '',
    resource: 'limitranges',
    kind: 'LimitRange',
    schema: 'core.LimitRange',
    namespaced: true,
    nameFormat: dnsSubdomain,
    shortNames: ['limits'],
    applyDefaults: defaultRange,
    prepareCreate: (range) =>
      (range.spec?.limits ?? []).some((item) => item.type !== 'Container' && item.type !== 'Pod')
        ? notModelled(
            'limit ranges of persistent volume claims: spec.limits of another type than Container or Pod',
          )
        : undefined,
    validate: validateRange,
    printer: {
      columns: columns('Name, Created At:date'),
      cells: (object) => [nameOf(object), object.metadata?.creationTimestamp ?? null],
    },
  }),
  defineResource<ResourceQuota>({
    group: '',
    resource: 'resourcequotas',
    kind: 'ResourceQuota',
    schema: 'core.ResourceQuota',
    namespaced: true,
    nameFormat: dnsSubdomain,
    shortNames: ['quota'],
    status: true,
    prepareCreate: (quota) => setStatus(quota, {}),
    validate: validateQuota,
    validateUpdate: (quota, previous, errors) => {
      const [scopes, before] = [new Set(quota.spec?.scopes), new Set(previous.spec?.scopes)];
      if (scopes.size !== before.size || [...scopes].some((scope) => !before.has(scope)))
        errors.invalid('spec.scopes', quota.spec?.scopes ?? [], 'field is immutable');
    },
    printer: { columns: columns('Name, Request, Limit, Age'), cells: quotaCells },
  }),
];
