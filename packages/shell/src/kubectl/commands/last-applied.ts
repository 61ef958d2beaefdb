import { goJson, isObject, setOwn, textMapAt } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** The annotation's text for an object: the object itself without that annotation. */
export function lastAppliedText(object: JsonObject, layout: 'sorted' | 'typed'): string {
  const { metadata } = object;
  const annotations: JsonObject = {};
  for (const [key, value] of textMapAt(object, 'metadata', 'annotations'))
    if (key !== LAST_APPLIED) setOwn(annotations, key, value);
  const stripped: JsonObject = {
    ...object,
    metadata: { ...(isObject(metadata) ? metadata : {}), annotations },
  };
  return `${goJson(stripped, { indent: 0, sortKeys: layout === 'sorted' })}\n`;
}

/** The object with the annotation set. */
export function withLastApplied(object: JsonObject, layout: 'sorted' | 'typed'): JsonObject {
  const { metadata } = object;
  const annotations: JsonObject = {};
  for (const [key, value] of textMapAt(object, 'metadata', 'annotations')) setOwn(annotations, key, value);
  annotations[LAST_APPLIED] = lastAppliedText(object, layout);
  return { ...object, metadata: { ...(isObject(metadata) ? metadata : {}), annotations } };
}
