import { sha256Hex } from '../../text/digest.ts';
import { goJson, isObject, textAt } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';

const HASH_CHARACTERS = 10;
/** Digits and vowels are replaced, so that no words come up: kustomize's hasher. */
const LETTERS: Readonly<Record<string, string>> = { '0': 'g', '1': 'h', '3': 'k', a: 'm', e: 't' };

/** The suffix that tells one content of a generated ConfigMap or Secret from another. */
export function contentHash(object: JsonObject): string {
  const kind = textAt(object, 'kind');
  const { data, binaryData } = object;
  const encoded: JsonObject = {
    kind,
    // The name itself is no part of it, so that prefixes change no hash.
    name: '',
    data: data ?? '',
    ...(isObject(binaryData) ? { binaryData } : {}),
    ...(kind === 'Secret' ? { type: textAt(object, 'type') } : {}),
  };
  const hex = sha256Hex(new TextEncoder().encode(goJson(encoded, { indent: 0, sortKeys: true })));
  return hex.slice(0, HASH_CHARACTERS).replace(/[013ae]/g, (letter) => LETTERS[letter] ?? letter);
}
