import type { ResourceContext } from '../resources/resource.ts';
import { defineResource } from '../resources/resource.ts';
import type { Failure } from '../status.ts';
import { notModelled } from '../status.ts';
import { columns } from '../printers/columns.ts';
import { formatTime } from '../time.ts';
import type { FieldErrors } from '../validation/field-errors.ts';
import { dns1035Label, dnsSubdomain } from '../validation/names.ts';

import { parseJsonPath } from './json-path.ts';
import { asDefinition, DEFINITIONS } from './schema.ts';
import type { CustomNames, CustomResourceDefinition, CustomVersion, DefinitionCondition } from './schema.ts';
import { validateStructure } from './structure.ts';

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const COLUMN_FORMATS = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];

function applyDefaults(definition: CustomResourceDefinition): void {
  const { spec } = definition;
  const names = spec.names as CustomNames | undefined;
  spec.conversion ??= { strategy: 'None' };
  if (names === undefined) return;
  if ((names.singular ?? '') === '') names.singular = (names.kind as string | undefined)?.toLowerCase() ?? '';
  if ((names.listKind ?? '') === '' && (names.kind as string | undefined) !== undefined)
    names.listKind = `${names.kind}List`;
}

/**
 * Names are accepted and the kind established with the write itself: the real server's controllers take
 * a moment for it, and clients wait for the conditions either way.
 */
function establish(definition: CustomResourceDefinition, context: ResourceContext): void {
  const { spec } = definition;
  const storage = (spec.versions ?? []).find((version) => version.storage)?.name;
  const stored = definition.status?.storedVersions ?? [];
  const clash = clashOf(definition, context);
  const at = formatTime(context.nowMs);
  const condition = (type: string, holds: boolean, reason: string, message: string): DefinitionCondition => {
    const status = holds ? 'True' : 'False';
    const before = definition.status?.conditions?.find((each) => each.type === type);
    const lastTransitionTime = before?.status === status ? (before.lastTransitionTime ?? at) : at;
    return { type, status, lastTransitionTime, reason, message };
  };
  definition.status = {
    conditions: [
      clash === undefined
        ? condition('NamesAccepted', true, 'NoConflicts', 'no conflicts found')
        : condition('NamesAccepted', false, clash.reason, clash.message),
      clash === undefined
        ? condition('Established', true, 'InitialNamesAccepted', 'the initial names have been accepted')
        : condition('Established', false, 'NotAccepted', 'not all names are accepted'),
      ...(definition.status?.conditions ?? []).filter(
        ({ type }) => type !== 'NamesAccepted' && type !== 'Established',
      ),
    ],
    acceptedNames: clash === undefined ? { ...spec.names } : { plural: '', kind: '' },
    storedVersions: storage === undefined || stored.includes(storage) ? stored : [...stored, storage],
  };
}

/** A name that another kind of the group has already. */
function clashOf(
  definition: CustomResourceDefinition,
  context: ResourceContext,
): { readonly reason: string; readonly message: string } | undefined {
  const { group, names } = definition.spec;
  for (const each of context.list(DEFINITIONS)) {
    const other = asDefinition(each);
    if (other.spec.group !== group || other.metadata.name === definition.metadata.name) continue;
    const accepted = other.status?.acceptedNames;
    if (accepted === undefined) continue;
    const taken = [accepted.plural, accepted.singular, ...(accepted.shortNames ?? [])];
    const say = (reason: string, name: string) => ({
      reason,
      message: `${JSON.stringify(name)} is already in use`,
    });
    if (names.singular !== undefined && taken.includes(names.singular))
      return say('SingularConflict', names.singular);
    const short = (names.shortNames ?? []).find((name) => taken.includes(name));
    if (short !== undefined) return say('ShortNamesConflict', short);
    if ([accepted.kind, accepted.listKind].includes(names.kind)) return say('KindConflict', names.kind);
    if (names.listKind !== undefined && [accepted.kind, accepted.listKind].includes(names.listKind))
      return say('ListKindConflict', names.listKind);
  }
  return undefined;
}

/** Webhooks cannot be called from here (API10). */
function refuseWebhook(definition: CustomResourceDefinition): Failure | undefined {
  return definition.spec.conversion?.strategy === 'Webhook'
    ? notModelled('conversion webhooks: spec.conversion.strategy Webhook')
    : undefined;
}

function validate(definition: CustomResourceDefinition, errors: FieldErrors): void {
  const { spec, metadata } = definition;
  const group = (spec.group as string | undefined) ?? '';
  const names = (spec.names as CustomNames | undefined) ?? { plural: '', kind: '' };
  const expected = `${names.plural}.${group}`;
  if (metadata.name !== expected)
    errors.invalid('metadata.name', metadata.name ?? '', 'must be spec.names.plural+"."+spec.group');
  if (group === '') errors.required('spec.group');
  else if (dnsSubdomain(group).length > 0) errors.invalid('spec.group', group, dnsSubdomain(group).join(','));
  else if (!group.includes('.'))
    errors.invalid('spec.group', group, 'should be a domain with at least one dot');
  if (/(?:^|\.)(?:k8s|kubernetes)\.io$/.test(group)) validateProtected(definition, errors);
  const scopes = ['Cluster', 'Namespaced'];
  const scope = (spec.scope as string | undefined) ?? '';
  if (scope === '') errors.required('spec.scope');
  else if (!scopes.includes(scope)) errors.notSupported('spec.scope', scope, scopes);
  validateVersions(definition, errors);
  for (const field of ['plural', 'singular', 'kind', 'listKind'] as const)
    if ((names[field] ?? '') === '') errors.required(`spec.names.${field}`);
  validateNames(names, 'spec.names', errors);
  if (spec.preserveUnknownFields === true)
    errors.invalid(
      'spec.preserveUnknownFields',
      true,
      'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
    );
  const strategy = spec.conversion?.strategy ?? '';
  if (strategy === '') errors.required('spec.conversion.strategy');
  else if (strategy !== 'None')
    errors.notSupported('spec.conversion.strategy', strategy, ['None', 'Webhook']);
}

/** KEP-1111: groups of the project itself carry a word of their approval. */
function validateProtected(definition: CustomResourceDefinition, errors: FieldErrors): void {
  const approval = definition.metadata.annotations?.['api-approved.kubernetes.io'] ?? '';
  const path = 'metadata.annotations[api-approved.kubernetes.io]';
  if (approval === '')
    errors.required(
      path,
      'protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
    );
  else if (!/^https?:\/\/\S+/.test(approval) && !approval.startsWith('unapproved'))
    errors.invalid(
      'metadata.annotations[api-approved.kubernetes.io]',
      approval,
      'protected groups must have approval annotation "api-approved.kubernetes.io" with either a URL or a reason starting with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111',
    );
}

function validateNames(names: CustomNames, path: string, errors: FieldErrors): void {
  const label = (field: string, value: string | undefined, prefix = ''): void => {
    if ((value ?? '') === '') return;
    const problems = dns1035Label(prefix === '' ? (value ?? '') : (value ?? '').toLowerCase());
    if (problems.length > 0) errors.invalid(`${path}.${field}`, value, prefix + problems.join(','));
  };
  label('plural', names.plural);
  label('singular', names.singular);
  label('kind', names.kind, 'may have mixed case, but should otherwise match: ');
  label('listKind', names.listKind, 'may have mixed case, but should otherwise match: ');
  for (const [index, name] of (names.shortNames ?? []).entries()) label(`shortNames[${index}]`, name);
  if (names.kind !== '' && names.kind === names.listKind)
    errors.invalid(`${path}.listKind`, names.listKind, 'kind and listKind may not be the same');
  for (const [index, name] of (names.categories ?? []).entries()) label(`categories[${index}]`, name);
}

function validateVersions({ spec }: CustomResourceDefinition, errors: FieldErrors): void {
  const versions = spec.versions ?? [];
  const names = new Set<string>();
  let unique = true;
  for (const [index, version] of versions.entries()) {
    const path = `spec.versions[${index}]`;
    const problems = dns1035Label(version.name);
    if (problems.length > 0) errors.invalid(`${path}.name`, version.name, problems.join(','));
    if (names.has(version.name)) unique = false;
    names.add(version.name);
    validateVersion(version, path, errors);
  }
  if (!unique) errors.invalid('spec.versions', versions, 'must contain unique version names');
  if (versions.filter((version) => version.storage).length !== 1)
    errors.invalid('spec.versions', versions, 'must have exactly one version marked as storage version');
}

function validateVersion(version: CustomVersion, path: string, errors: FieldErrors): void {
  const schema = version.schema?.openAPIV3Schema;
  if (schema === undefined) errors.required(`${path}.schema.openAPIV3Schema`, 'schemas are required');
  else validateStructure(schema, `${path}.schema.openAPIV3Schema`, errors);
  for (const [index, column] of (version.additionalPrinterColumns ?? []).entries()) {
    const where = `${path}.additionalPrinterColumns[${index}]`;
    if (column.name === '') errors.required(`${where}.name`);
    const choices = `must be one of ${COLUMN_TYPES.join(',')}`;
    if (column.type === '') errors.required(`${where}.type`, choices);
    else if (!COLUMN_TYPES.includes(column.type)) errors.invalid(`${where}.type`, column.type, choices);
    if ((column.format ?? '') !== '' && !COLUMN_FORMATS.includes(column.format ?? ''))
      errors.invalid(`${where}.format`, column.format, `must be one of ${COLUMN_FORMATS.join(',')}`);
    if (column.jsonPath === '') errors.required(`${where}.jsonPath`);
    else if (parseJsonPath(column.jsonPath) === undefined)
      errors.invalid(
        `${where}.jsonPath`,
        column.jsonPath,
        `is an invalid path: unrecognized path ${column.jsonPath}`,
      );
  }
  const scale = version.subresources?.scale;
  if (scale === undefined) return;
  const under = (field: keyof typeof scale, root: string, words: string): void => {
    const value = scale[field] ?? '';
    if (value === '') {
      if (field !== 'labelSelectorPath') errors.required(`${path}.subresources.scale.${field}`);
    } else if (!new RegExp(`^\\.(?:${root})\\.`).test(value) || parseJsonPath(value) === undefined)
      errors.invalid(`${path}.subresources.scale.${field}`, value, words);
  };
  under('specReplicasPath', 'spec', 'should be a json path under .spec');
  under('statusReplicasPath', 'status', 'should be a json path under .status');
  under('labelSelectorPath', 'spec|status', 'should be a json path under either .spec or .status');
}

function validateUpdate(
  definition: CustomResourceDefinition,
  previous: CustomResourceDefinition,
  errors: FieldErrors,
): void {
  const { spec } = definition;
  for (const field of ['scope', 'group'] as const)
    if (spec[field] !== previous.spec[field])
      errors.invalid(`spec.${field}`, spec[field], 'field is immutable');
  if (spec.names.plural !== previous.spec.names.plural)
    errors.invalid('spec.names.plural', spec.names.plural, 'field is immutable');
  if (spec.names.kind !== previous.spec.names.kind)
    errors.invalid('spec.names.kind', spec.names.kind, 'field is immutable');
  const served = new Set((spec.versions ?? []).map(({ name }) => name));
  for (const [index, version] of (previous.status?.storedVersions ?? []).entries())
    if (!served.has(version))
      errors.invalid(
        `status.storedVersions[${index}]`,
        version,
        `missing from spec.versions; ${version} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`,
      );
}

export const definitionResource = defineResource<CustomResourceDefinition>({
  group: 'apiextensions.k8s.io',
  resource: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  schema: 'apiextensions.CustomResourceDefinition',
  namespaced: false,
  nameFormat: dnsSubdomain,
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  status: true,
  generation: true,
  applyDefaults,
  prepareCreate: (object, context) => {
    const refused = refuseWebhook(object);
    if (refused !== undefined) return refused;
    Reflect.deleteProperty(object, 'status');
    establish(object, context);
    return undefined;
  },
  prepareUpdate: (object, _previous, context) => {
    const refused = refuseWebhook(object);
    if (refused !== undefined) return refused;
    if (object.metadata.deletionTimestamp === undefined) establish(object, context);
    return undefined;
  },
  validate,
  validateUpdate,
  printer: {
    columns: columns('Name, Created At:date'),
    cells: (object) => [object.metadata.name ?? '', object.metadata.creationTimestamp ?? null],
  },
});
