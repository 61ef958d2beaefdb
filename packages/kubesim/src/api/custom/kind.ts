import type { StoredObject } from '../../store/store.ts';
import { jsonEqual } from '../json.ts';
import type { Json } from '../json.ts';
import { ALL_METADATA, ALL_VERBS, defineResource } from '../resources/resource.ts';
import type { Resource } from '../resources/resource.ts';
import type { FieldErrors } from '../validation/field-errors.ts';
import { dnsSubdomain } from '../validation/names.ts';
import { fieldNames, parseJsonPath, readJsonPath } from './json-path.ts';
import { customPrinter } from './printer.ts';
import { checkRules } from './rules.ts';
import { asDefinition, isTrue } from './schema.ts';
import type { CustomResourceDefinition, CustomSchema, CustomVersion } from './schema.ts';
import { decodeCustom } from './shape-up.ts';
import { customShape } from './shape.ts';
import { validateCustom } from './validate.ts';

/** Definitions are frozen once stored, so what is made of one holds for every fork that shares it. */
const made = new WeakMap<StoredObject, readonly Resource[]>();

/** The kinds that a definition serves, one a version, in the order in which clients prefer them. */
export function kindsOf(stored: StoredObject): readonly Resource[] {
  const known = made.get(stored);
  if (known !== undefined) return known;
  const definition = asDefinition(stored);
  const versions = isTrue(definition, 'Established')
    ? (definition.spec.versions ?? []).filter((version) => version.served).sort(byPreference)
    : [];
  const kinds = versions.map((version) => kindOf(definition, version));
  made.set(stored, kinds);
  return kinds;
}

export function customTable(definition: CustomResourceDefinition): string {
  return `${definition.spec.group}/${definition.spec.names.plural}`;
}

function kindOf(definition: CustomResourceDefinition, version: CustomVersion): Resource {
  const { group, names, versions } = definition.spec;
  const accepted = definition.status?.acceptedNames ?? names;
  const storage = versions?.find((each) => each.storage)?.name ?? version.name;
  const schema = version.schema?.openAPIV3Schema;
  const root = definition.spec.preserveUnknownFields === true ? undefined : schema;
  const hasStatus = version.subresources?.status !== undefined;
  const apiVersion = `${group}/${version.name}`;
  const scale = version.subresources?.scale;
  const rename = (to: string) => (object: StoredObject) => ({ ...object, apiVersion: `${group}/${to}` });
  return defineResource<StoredObject>({
    group,
    version: version.name,
    resource: names.plural,
    singular: accepted.singular ?? names.kind.toLowerCase(),
    kind: names.kind,
    schema: `custom.${apiVersion}.${names.kind}`,
    table: customTable(definition),
    namespaced: definition.spec.scope === 'Namespaced',
    nameFormat: dnsSubdomain,
    shortNames: accepted.shortNames ?? [],
    categories: accepted.categories ?? [],
    verbs: ALL_VERBS,
    status: hasStatus,
    statusKeeps: ALL_METADATA,
    generation: true,
    // Without the subresource a change of the status is a change like any other.
    generationAlso: (object, previous) => !hasStatus && !jsonEqual(statusOf(object), statusOf(previous)),
    scale: scale !== undefined,
    ...(scale === undefined ? {} : { scalePaths: scale }),
    custom: { decode: (value) => decodeCustom(root, names.kind, value), shape: customShape(root), schema },
    prepareCreate: (object) => {
      if (hasStatus) Reflect.deleteProperty(object, 'status');
      return undefined;
    },
    validateCreate: (object, errors) => judge(schema, object, undefined, errors),
    validateUpdate: (object, previous, errors) => judge(schema, object, previous, errors),
    validateStatus: (object, previous, errors) => judge(schema, object, previous, errors),
    ...(version.deprecated === true
      ? { deprecation: version.deprecationWarning ?? `${apiVersion} ${names.kind} is deprecated` }
      : {}),
    printer: customPrinter(version),
    selectableFields: selectable(version),
    ...(root === undefined ? {} : { asRead: readAs(root, names.kind) }),
    ...(storage === version.name
      ? {}
      : { view: { fromStored: rename(version.name), toStored: rename(storage) } }),
  });
}

/** What was stored under an earlier schema has the defaults of the present one, and nothing that it does not know. */
function readAs(schema: CustomSchema, kind: string): NonNullable<Resource['asRead']> {
  const read = new WeakMap<StoredObject, StoredObject>();
  return (stored) => {
    const known = read.get(stored);
    if (known !== undefined) return known;
    const decoded = decodeCustom(schema, kind, stored as unknown as Json);
    // Metadata is the server's own, and stands as it is.
    const now = decoded.ok ? ({ ...decoded.value, metadata: stored.metadata } as StoredObject) : stored;
    const result = jsonEqual(now, stored) ? stored : now;
    read.set(stored, result);
    return result;
  };
}

function statusOf(object: StoredObject): unknown {
  return (object as unknown as { status?: unknown }).status;
}

function judge(
  schema: CustomSchema | undefined,
  object: StoredObject,
  previous: StoredObject | undefined,
  errors: FieldErrors,
): void {
  const value = object as unknown as Json;
  const before = previous as unknown as Json | undefined;
  validateCustom(schema, value, before, errors);
  checkRules(schema, value, before, errors);
}

function selectable(version: CustomVersion): NonNullable<Resource['selectableFields']> {
  return Object.fromEntries(
    (version.selectableFields ?? []).flatMap(({ jsonPath }) => {
      const path = parseJsonPath(jsonPath);
      const names = path === undefined ? undefined : fieldNames(path);
      if (path === undefined || names === undefined) return [];
      const read = (object: StoredObject): string => {
        const [value] = readJsonPath(path, object);
        return value === undefined || value === null
          ? ''
          : typeof value === 'string'
            ? value
            : JSON.stringify(value);
      };
      return [[names.join('.'), read]];
    }),
  );
}

/** GA before beta before alpha, newer before older (apimachinery version.CompareKubeAwareVersionStrings). */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [rank(left), rank(right)];
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? 0;
    if (value !== other) return other - value;
  }
  return left < right ? -1 : left > right ? 1 : 0;
}

function rank(version: string): readonly number[] {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (match === null) return [0, 0, 0];
  const stage = match[2] === undefined ? 3 : match[2] === 'beta' ? 2 : 1;
  return [stage, Number(match[1]), Number(match[3] ?? '0')];
}

function byPreference(left: CustomVersion, right: CustomVersion): number {
  return compareVersions(left.name, right.name);
}
