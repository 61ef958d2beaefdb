import { compareText, isObject, sameJson, setOwn } from '../values/json.ts';
import type { JsonObject, JsonValue } from '../values/json.ts';
import { rulesOfField } from './merge-keys.ts';
import type { FieldMerge, TypeMerge } from './merge-keys.ts';

/*
 * The patch that takes an object from `current` to `modified`, deleting only what `original` had:
 * apimachinery's strategicpatch.CreateThreeWayMergePatch, and with empty rules its JSON counterpart.
 */

const own = (object: JsonObject, key: string): JsonValue | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined;

/** The patch; `{}` when nothing is to do. */
export function threeWayPatch(
  original: JsonObject,
  modified: JsonObject,
  current: JsonObject,
  rules: TypeMerge,
): JsonObject {
  return diffObjects(original, modified, current, rules, false);
}

/** The patch from one object to another. */
export function twoWayPatch(original: JsonObject, modified: JsonObject, rules: TypeMerge): JsonObject {
  return diffObjects(original, modified, original, rules, false);
}

function diffObjects(
  original: JsonObject,
  modified: JsonObject,
  current: JsonObject,
  rules: TypeMerge,
  retainKeys: boolean,
): JsonObject {
  const patch: JsonObject = {};
  for (const [key, value] of Object.entries(modified)) {
    const now = own(current, key);
    const before = own(original, key);
    const rule = rules[key];
    if (now === undefined) setOwn(patch, key, value);
    else if (isObject(value) && isObject(now))
      diffMember(patch, key, isObject(before) ? before : {}, value, now, rule);
    else if (Array.isArray(value) && Array.isArray(now))
      diffLists(patch, key, Array.isArray(before) ? before : [], value, now, rule);
    else if (!sameJson(value, now)) setOwn(patch, key, value);
  }
  for (const key of Object.keys(original)) if (own(modified, key) === undefined) setOwn(patch, key, null);
  if (!retainKeys) return patch;
  const kept = Object.keys(modified).filter((key) => modified[key] !== null);
  const drops = Object.keys(current).some(
    (key) => current[key] !== null && (own(modified, key) ?? null) === null,
  );
  if (kept.length > 0 && (Object.keys(patch).length > 0 || drops))
    patch['$retainKeys'] = kept.sort(compareText);
  return patch;
}

function diffMember(
  patch: JsonObject,
  key: string,
  before: JsonObject,
  value: JsonObject,
  now: JsonObject,
  rule: FieldMerge | undefined,
): void {
  if (rule?.replace === true) {
    setOwn(patch, key, value);
    return;
  }
  const inner = diffObjects(before, value, now, rulesOfField(rule), rule?.retainKeys === true);
  if (Object.keys(inner).length > 0) setOwn(patch, key, inner);
}

function diffLists(
  patch: JsonObject,
  key: string,
  before: readonly JsonValue[],
  value: JsonValue[],
  now: readonly JsonValue[],
  rule: FieldMerge | undefined,
): void {
  if (rule?.mergeKey === undefined) {
    if (!sameJson(value, [...now])) setOwn(patch, key, value);
    return;
  }
  if (now.length === 0 && before.length === 0) {
    if (value.length > 0) setOwn(patch, key, value);
    return;
  }
  if (rule.mergeKey === '') diffPlainLists(patch, key, before, value, now);
  else diffKeyedLists(patch, key, before, value, now, rule, rule.mergeKey);
}

function diffPlainLists(
  patch: JsonObject,
  key: string,
  before: readonly JsonValue[],
  value: JsonValue[],
  now: readonly JsonValue[],
): void {
  const added = value.filter((item) => !now.includes(item));
  const removed = before.filter((item) => !value.includes(item));
  if (added.length > 0) setOwn(patch, key, added);
  if (removed.length > 0) setOwn(patch, `$deleteFromPrimitiveList/${key}`, removed);
  const sameOrder = now.length === value.length && value.every((item, i) => item === now[i]);
  if ((added.length > 0 || removed.length > 0 || !sameOrder) && value.length > 0)
    setOwn(patch, `$setElementOrder/${key}`, value);
}

function diffKeyedLists(
  patch: JsonObject,
  key: string,
  before: readonly JsonValue[],
  value: JsonValue[],
  now: readonly JsonValue[],
  rule: FieldMerge,
  mergeKey: string,
): void {
  const itemRules = rulesOfField(rule);
  const keyOf = (item: JsonValue | undefined): JsonValue =>
    isObject(item) ? (own(item, mergeKey) ?? null) : null;
  const find = (list: readonly JsonValue[], wanted: JsonValue): JsonObject | undefined =>
    list.filter(isObject).find((item) => keyOf(item) === wanted);
  const changes: JsonValue[] = [];
  for (const item of value) {
    if (!isObject(item)) continue;
    const wanted = keyOf(item);
    const present = find(now, wanted);
    if (present === undefined) {
      changes.push(item);
      continue;
    }
    const inner = diffObjects(find(before, wanted) ?? {}, item, present, itemRules, rule.retainKeys === true);
    if (Object.keys(inner).length > 0) changes.push({ ...inner, [mergeKey]: wanted });
  }
  for (const item of before) {
    const wanted = keyOf(item);
    if (find(value, wanted) === undefined) changes.push({ $patch: 'delete', [mergeKey]: wanted });
  }
  const sameOrder = now.length === value.length && value.every((item, i) => keyOf(item) === keyOf(now[i]));
  if (changes.length > 0) setOwn(patch, key, changes);
  if ((changes.length > 0 || !sameOrder) && value.length > 0)
    setOwn(
      patch,
      `$setElementOrder/${key}`,
      value.map((item) => ({ [mergeKey]: keyOf(item) })),
    );
}
