import { goJson, isObject, setOwn, textMapAt } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** The object without the annotation, its other annotations kept: an empty map where there are none. */
export function withoutLastApplied(object: JsonObject): JsonObject {
  const { metadata } = object;
  const annotations: JsonObject = {};
  for (const [key, value] of textMapAt(object, 'metadata', 'annotations'))
    if (key !== LAST_APPLIED) setOwn(annotations, key, value);
  return { ...object, metadata: { ...(isObject(metadata) ? metadata : {}), annotations } };
}

/** The annotation's text for an object: the object itself without that annotation. */
export function lastAppliedText(object: JsonObject, layout: 'sorted' | 'typed'): string {
  return `${goJson(withoutLastApplied(object), { indent: 0, sortKeys: layout === 'sorted' })}\n`;
}

/** The object with the annotation set. */
export function withLastApplied(object: JsonObject, layout: 'sorted' | 'typed'): JsonObject {
  const { metadata } = object;
  const annotations: JsonObject = {};
  for (const [key, value] of textMapAt(object, 'metadata', 'annotations')) setOwn(annotations, key, value);
  annotations[LAST_APPLIED] = lastAppliedText(object, layout);
  return { ...object, metadata: { ...(isObject(metadata) ? metadata : {}), annotations } };
}
