import type { StoredObject } from '../../store/store.ts';
import { cloneJson } from '../json.ts';
import type { JsonObject } from '../json.ts';
import type { WriteOptions } from '../registry/options.ts';
import type { Resource } from '../resources/resource.ts';
import { failure, success } from '../status.ts';
import type { Failure, Outcome } from '../status.ts';
import { formatTime } from '../time.ts';
import { decodeSet, difference, emptySet, intersection, isEmptySet, pathsOf, union } from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import { compareVersions, ownedPart, readOwners, writeOwners } from './managed-fields.ts';
import type { Owner } from './managed-fields.ts';
import { fieldsOf, merge, prune } from './typed.ts';
import { shapeAs } from '../resources/typing.ts';

export interface ApplyRequest {
  readonly resource: Resource;
  /** What the client applies, as it sent it: fields it left out are not its own. */
  readonly config: JsonObject;
  /** The object as it is; undefined when apply creates it. */
  readonly current: StoredObject | undefined;
  readonly options: WriteOptions;
  readonly force: boolean;
  readonly nowMs: number;
  /** Types and defaults the merged object. */
  readonly decode: (value: JsonObject) => Outcome<StoredObject>;
}

/** Server-side apply (KEP-555): merges a configuration, takes away what its manager no longer names, and refuses to take fields from others. */
export function applyConfiguration(request: ApplyRequest): Outcome<StoredObject> {
  const { resource, config, current, options } = request;
  const shape = shapeAs(resource);
  const subresource = options.subresource ?? '';
  const applied = emptySet();
  const part = ownedPart(
    resource,
    { metadata: {}, ...config } as unknown as StoredObject,
    subresource === 'status' ? 'status' : '',
  );
  fieldsOf(shape, part, applied);
  const live = current === undefined ? undefined : (cloneJson(current) as unknown as JsonObject);
  const merged = merge(shape, live, withoutManaged(config));
  const owners = readOwners(current?.metadata.managedFields);
  const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
  const isMine = (owner: Owner): boolean =>
    owner.manager === options.fieldManager &&
    owner.operation === 'Apply' &&
    owner.subresource === subresource;
  const mine = owners.find(isMine);
  const others = owners.filter((owner) => !isMine(owner));
  const dropped = droppedFields(mine?.fields, applied, others);
  const pruned = prune(shape, merged as JsonObject, dropped) as JsonObject | undefined;
  const decoded = request.decode({ ...pruned, kind: resource.kind, apiVersion });
  if (!decoded.ok) return decoded;
  const object = decoded.value;
  const comparison = compareVersions(resource, current, object, subresource === 'status' ? 'status' : '');
  const taken = intersection(union(comparison.added, comparison.modified), applied);
  if (current !== undefined) {
    const conflicts = others
      .map((owner) => ({ owner, fields: intersection(owner.fields, taken) }))
      .filter(({ fields }) => !isEmptySet(fields));
    if (conflicts.length > 0 && !request.force) return conflictOf(conflicts);
    for (const { owner, fields } of conflicts) owner.fields = difference(owner.fields, fields);
    for (const owner of others) owner.fields = difference(owner.fields, comparison.removed);
  }
  const unchanged =
    mine !== undefined &&
    isEmptySet(difference(mine.fields, applied)) &&
    isEmptySet(difference(applied, mine.fields));
  const entry: Owner = {
    manager: options.fieldManager,
    operation: 'Apply',
    apiVersion,
    subresource,
    time: unchanged ? mine.time : formatTime(request.nowMs),
    fields: applied,
  };
  object.metadata.managedFields = writeOwners([...others, entry]);
  return success(object);
}

function withoutManaged(config: JsonObject): JsonObject {
  const copy = cloneJson(config);
  const { metadata } = copy as { metadata?: JsonObject };
  if (metadata !== undefined) delete metadata['managedFields'];
  return copy;
}

/** Fields that this manager applied last time and not now, and that nobody else owns. */
function droppedFields(before: FieldSet | undefined, applied: FieldSet, others: readonly Owner[]): FieldSet {
  if (before === undefined) return decodeSet({});
  let dropped = difference(before, applied);
  for (const owner of others) dropped = difference(dropped, owner.fields);
  return withoutOwnedBelow(
    dropped,
    union(
      applied,
      others.reduce((all, owner) => union(all, owner.fields), emptySet()),
    ),
  );
}

/** A part goes as a whole only when nothing below it belongs to anyone. */
function withoutOwnedBelow(set: FieldSet, owned: FieldSet | undefined): FieldSet {
  const below = owned !== undefined && !isEmptySet(owned);
  return {
    member: set.member && !below,
    children: new Map(
      [...set.children].map(([edge, child]) => [edge, withoutOwnedBelow(child, owned?.children.get(edge))]),
    ),
  };
}

function conflictOf(conflicts: readonly { readonly owner: Owner; readonly fields: FieldSet }[]): Failure {
  const parts = conflicts.map(({ owner, fields }) => ({ who: describe(owner), paths: pathsOf(fields) }));
  const count = parts.reduce((total, part) => total + part.paths.length, 0);
  const causes = parts.flatMap((part) =>
    part.paths.map((path) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${part.who}`,
      field: path,
    })),
  );
  const single = parts.length === 1 ? parts[0] : undefined;
  let message: string;
  if (count === 1)
    message = `Apply failed with 1 conflict: conflict with ${single?.who ?? ''}: ${single?.paths[0] ?? ''}`;
  else {
    const lines = parts.map(
      (part) => `conflicts with ${part.who}:\n${part.paths.map((path) => `- ${path}`).join('\n')}`,
    );
    message = `Apply failed with ${count} conflicts: ${lines.join('\n')}`;
  }
  return failure(409, 'Conflict', message, { causes });
}

function describe(owner: Owner): string {
  const subresource =
    owner.subresource === '' ? '' : ` with subresource ${JSON.stringify(owner.subresource)}`;
  if (owner.operation === 'Apply') return `${JSON.stringify(owner.manager)}${subresource}`;
  return `${JSON.stringify(owner.manager)}${subresource} using ${owner.apiVersion}`;
}
