import type { ObjectMeta, OwnerReference } from 'kubernetes-types/meta/v1';

/** Any API object, as far as its metadata goes. */
export interface AnyObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: ObjectMeta;
}

export function nameOf(object: AnyObject): string {
  return object.metadata?.name ?? '';
}

export function namespaceOf(object: AnyObject): string {
  return object.metadata?.namespace ?? '';
}

export function uidOf(object: AnyObject): string {
  return object.metadata?.uid ?? '';
}

/** `namespace/name`, or the name alone for objects without a namespace. */
export function keyOf(object: AnyObject): string {
  const namespace = object.metadata?.namespace;
  return namespace === undefined || namespace === '' ? nameOf(object) : `${namespace}/${nameOf(object)}`;
}

export function splitKey(key: string): { readonly namespace: string; readonly name: string } {
  const slash = key.indexOf('/');
  return slash < 0
    ? { namespace: '', name: key }
    : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** The owner that manages this object, if it has one (`controller: true`). */
export function controllerOf(object: AnyObject): OwnerReference | undefined {
  return object.metadata?.ownerReferences?.find((owner) => owner.controller === true);
}

export function isControlledBy(object: AnyObject, owner: AnyObject): boolean {
  const uid = owner.metadata?.uid;
  return uid !== undefined && controllerOf(object)?.uid === uid;
}

export function controllerReference(apiVersion: string, kind: string, owner: AnyObject): OwnerReference {
  return {
    apiVersion,
    kind,
    name: nameOf(owner),
    uid: uidOf(owner),
    controller: true,
    blockOwnerDeletion: true,
  };
}

export function isTerminating(object: AnyObject): boolean {
  return object.metadata?.deletionTimestamp !== undefined;
}

/** metav1.Time: RFC 3339 in whole seconds, UTC. */
export function timestamp(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

/** metav1.MicroTime: RFC 3339 with six digits of fraction. */
export function microTimestamp(ms: number): string {
  const whole = Math.floor(ms);
  const micros = Math.floor((ms - whole) * 1000);
  return new Date(whole).toISOString().replace('Z', `${String(micros).padStart(3, '0')}Z`);
}

/** 0 for an absent or malformed timestamp. */
export function parseTimestamp(text: string | undefined): number {
  if (text === undefined) return 0;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? 0 : ms;
}

/** Whether two plain JSON values say the same. Absent and `undefined` fields are alike; the order of keys does not matter. */
export function sameValue(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item, index) => sameValue(item, right[index]));
  }
  const leftFields = left as Record<string, unknown>;
  const rightFields = right as Record<string, unknown>;
  for (const key of Object.keys(leftFields)) if (!sameValue(leftFields[key], rightFields[key])) return false;
  for (const key of Object.keys(rightFields))
    if (leftFields[key] === undefined && rightFields[key] !== undefined) return false;
  return true;
}

/** JSON with sorted keys: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .sort(([left], [right]) => (left < right ? -1 : 1));
    return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

/** FNV-1a, 32 bits: what upstream hashes pod templates with. */
export function fnv32a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash ^= text.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}

const SAFE_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** rand.SafeEncodeString: replaces each character by one that spells no words. */
export function safeEncode(text: string): string {
  let encoded = '';
  for (const character of text)
    encoded += SAFE_ALPHABET[character.charCodeAt(0) % SAFE_ALPHABET.length] ?? '';
  return encoded;
}
