import type { ManagedFieldsEntry } from 'kubernetes-types/meta/v1';
import type { StoredObject } from '../../store/store.ts';
import type { Json, JsonObject } from '../json.ts';
import type { WriteOptions } from '../registry/options.ts';
import type { Resource } from '../resources/resource.ts';
import { decodeObject } from '../schema/decode.ts';
import { formatTime } from '../time.ts';
import { decodeSet, difference, emptySet, encodeSet, isEmptySet, union } from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import { compare } from './typed.ts';
import { shapeAs } from '../resources/typing.ts';
import type { Comparison } from './typed.ts';

/** Who owns what of an object, one entry per manager, operation and subresource. */
export interface Owner {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  time: string | undefined;
  fields: FieldSet;
}

/** Entries of updaters kept; older ones become `ancient-changes` (fieldmanager.DefaultMaxUpdateManagers). */
const MAX_UPDATE_MANAGERS = 10;
const ANCIENT = 'ancient-changes';

export function readOwners(entries: readonly ManagedFieldsEntry[] | undefined): Owner[] {
  return (entries ?? []).map((entry) => ({
    manager: entry.manager ?? '',
    operation: entry.operation === 'Apply' ? 'Apply' : 'Update',
    apiVersion: entry.apiVersion ?? '',
    subresource: (entry as { subresource?: string }).subresource ?? '',
    time: entry.time,
    fields: decodeSet(entry.fieldsV1 as Json | undefined),
  }));
}

export function writeOwners(owners: readonly Owner[]): ManagedFieldsEntry[] {
  return bound(owners.filter((owner) => !isEmptySet(owner.fields)))
    .sort(compareOwners)
    .map((owner) => ({
      manager: owner.manager,
      operation: owner.operation,
      apiVersion: owner.apiVersion,
      ...(owner.time === undefined ? {} : { time: owner.time }),
      fieldsType: 'FieldsV1',
      fieldsV1: encodeSet(owner.fields),
      ...(owner.subresource === '' ? {} : { subresource: owner.subresource }),
    }));
}

function compareOwners(left: Owner, right: Owner): number {
  if (left.operation !== right.operation) return left.operation < right.operation ? -1 : 1;
  const [a, b] = [left.time ?? '', right.time ?? ''];
  if (a !== b) return a < b ? -1 : 1;
  if (left.manager !== right.manager) return left.manager < right.manager ? -1 : 1;
  return left.subresource < right.subresource ? -1 : 1;
}

function bound(owners: readonly Owner[]): Owner[] {
  const updaters = owners.filter((owner) => owner.operation === 'Update').sort(compareOwners);
  const surplus = updaters.length - MAX_UPDATE_MANAGERS;
  if (surplus <= 0) return [...owners];
  const old = new Set(updaters.slice(0, surplus + 1));
  const [first] = old;
  if (first === undefined) return [...owners];
  const merged: Owner = {
    ...first,
    manager: ANCIENT,
    fields: [...old].reduce((fields, owner) => union(fields, owner.fields), emptySet()),
  };
  return [...owners.filter((owner) => !old.has(owner)), merged];
}

/** Fields that belong to the server, whoever writes. */
const UNOWNED = [
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'clusterName',
  'generation',
  'managedFields',
  'resourceVersion',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generateName',
];

/** An object without what nobody owns: for comparing, and for the fields of an applied configuration. */
export function ownedPart(resource: Resource, object: StoredObject, subresource: string): JsonObject {
  const {
    apiVersion: _version,
    kind: _kind,
    metadata,
    ...rest
  } = object as unknown as JsonObject & { metadata: JsonObject };
  const owned: JsonObject = {};
  for (const [name, value] of Object.entries(metadata)) if (!UNOWNED.includes(name)) owned[name] = value;
  // Empty metadata is no field of anyone's.
  const result: JsonObject = { ...(Object.keys(owned).length === 0 ? {} : { metadata: owned }), ...rest };
  // Status is written through its subresource, the rest not: what a write cannot change it cannot own.
  if (resource.status) {
    if (subresource === 'status') {
      for (const field of resource.statusKeeps ?? []) Reflect.deleteProperty(owned, field);
      return {
        ...(Object.keys(owned).length === 0 ? {} : { metadata: owned }),
        ...(Object.hasOwn(result, 'status') ? { status: result['status'] ?? null } : {}),
      };
    }
    delete result['status'];
  }
  return result;
}

const blanks = new Map<string, StoredObject>();

/** What Go writes of an object with nothing in it: those parts appear with no manager. */
function blankOf(resource: Resource): StoredObject {
  if (resource.custom !== undefined) return { apiVersion: '', kind: '', metadata: {} };
  const known = blanks.get(resource.schema);
  if (known !== undefined) return known;
  const decoded = decodeObject(resource.schema, {});
  const blank = {
    apiVersion: '',
    kind: '',
    metadata: {},
    ...(decoded.ok ? decoded.value : {}),
  } as unknown as StoredObject;
  blanks.set(resource.schema, blank);
  return blank;
}

export function compareVersions(
  resource: Resource,
  before: StoredObject | undefined,
  after: StoredObject,
  subresource: string,
): Comparison {
  const comparison: Comparison = { added: emptySet(), modified: emptySet(), removed: emptySet() };
  const from = ownedPart(resource, before ?? blankOf(resource), subresource);
  compare(
    shapeAs(resource),
    { metadata: {}, ...from },
    { metadata: {}, ...ownedPart(resource, after, subresource) },
    comparison,
  );
  return comparison;
}

/**
 * Records on `object` who owns what after a create or an update. `wanted` carries the managedFields that
 * the client sent: an empty list resets them, none at all keeps those of the current object.
 */
export function trackUpdate(
  resource: Resource,
  wanted: StoredObject | undefined,
  current: StoredObject | undefined,
  object: StoredObject,
  options: WriteOptions,
  nowMs: number,
): void {
  const sent = wanted?.metadata.managedFields;
  if (sent !== undefined && options.fieldManager === '') {
    object.metadata.managedFields = sent;
    return;
  }
  const reset =
    sent?.length === 0 ||
    (sent?.length === 1 && (sent[0]?.manager ?? '') === '' && sent[0]?.operation === undefined);
  const owners = reset ? [] : readOwners(current?.metadata.managedFields);
  const subresource = options.subresource ?? '';
  const comparison = compareVersions(resource, current, object, subresource === 'status' ? 'status' : '');
  const changed = union(comparison.added, comparison.modified);
  if (reset) {
    delete object.metadata.managedFields;
    return;
  }
  if (isEmptySet(changed) && isEmptySet(comparison.removed)) {
    if (current?.metadata.managedFields !== undefined)
      object.metadata.managedFields = current.metadata.managedFields;
    else delete object.metadata.managedFields;
    return;
  }
  const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
  const isMine = (owner: Owner): boolean =>
    owner.manager === options.fieldManager &&
    owner.operation === 'Update' &&
    owner.subresource === subresource &&
    owner.apiVersion === apiVersion;
  const taken = union(changed, comparison.removed);
  for (const owner of owners) {
    if (isMine(owner)) owner.fields = difference(owner.fields, comparison.removed);
    else owner.fields = difference(owner.fields, taken);
  }
  if (!isEmptySet(changed)) {
    let mine = owners.find(isMine);
    if (mine === undefined) {
      mine = {
        manager: options.fieldManager,
        operation: 'Update',
        apiVersion,
        subresource,
        time: undefined,
        fields: emptySet(),
      };
      owners.push(mine);
    }
    mine.fields = union(mine.fields, changed);
    // The scale subresource records no time upstream.
    if (subresource !== 'scale') mine.time = formatTime(nowMs);
  }
  object.metadata.managedFields = writeOwners(owners);
}
