import type { StoredObject } from '../../store/store.ts';
import type { Resource } from '../resources/resource.ts';
import { matchesSelector, parseFieldSelector, parseLabelSelector } from '../selectors.ts';
import { badRequest, success } from '../status.ts';
import type { Outcome } from '../status.ts';
import type { Scope } from './scope.ts';

/** Which objects a list, a watch or a deletecollection is about. */
export interface Selection {
  matches(object: StoredObject): boolean;
  /** The one name that a field selector asks for. */
  readonly name: string | undefined;
}

export function selectionOf(scope: Scope): Outcome<Selection> {
  const { query, resource } = scope;
  const labels = parseLabelSelector(query.get('labelSelector'));
  if (!labels.ok) return badRequest(labels.message);
  const parsed = parseFieldSelector(query.get('fieldSelector'));
  if (!parsed.ok) return badRequest(parsed.message);
  const { fields } = parsed;
  for (const { field } of fields) {
    if (fieldReader(resource, field) !== undefined) continue;
    return badRequest(unknownField(resource, field));
  }
  const name =
    scope.name !== ''
      ? scope.name
      : fields.find((requirement) => requirement.field === 'metadata.name' && requirement.equal)?.value;
  const { selector } = labels;
  return success({
    name,
    matches: (object: StoredObject) =>
      (scope.name === '' || object.metadata.name === scope.name) &&
      matchesSelector(selector, object.metadata.labels) &&
      fields.every(
        (requirement) =>
          (fieldReader(resource, requirement.field)?.(object) === requirement.value) === requirement.equal,
      ),
  });
}

/** Each kind's conversion has its own words; those without one take names and namespaces (conversion.go). */
function unknownField({ group, kind, selectableFields, custom }: Resource, field: string): string {
  if (kind === 'Job' && group === 'batch')
    return `field label ${JSON.stringify(field)} not supported for Job`;
  if (kind === 'ResourceSlice')
    return `field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: ${field}`;
  const converted =
    custom !== undefined ||
    kind === 'CertificateSigningRequest' ||
    (selectableFields !== undefined && group !== 'apps');
  return converted
    ? `field label not supported: ${field}`
    : `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`;
}

/** Nodes, namespaces and definitions know no such field; other kinds of the whole cluster have it empty. */
function refusesNamespace({ selectableFields, custom }: Resource): boolean {
  return selectableFields !== undefined || custom !== undefined;
}

function fieldReader(resource: Resource, field: string): ((object: StoredObject) => string) | undefined {
  if (field === 'metadata.name') return (object) => object.metadata.name ?? '';
  if (field === 'metadata.namespace' && (resource.namespaced || !refusesNamespace(resource)))
    return (object) => object.metadata.namespace ?? '';
  const { selectableFields } = resource;
  return selectableFields !== undefined && Object.hasOwn(selectableFields, field)
    ? selectableFields[field]
    : undefined;
}
