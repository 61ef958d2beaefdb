import { fail } from '../failure.ts';
import type { FlagValues } from '../command/flag-values.ts';
import { jsonPatch, mergePatch, strategicPatch } from '../patching/apply-patch.ts';
import { mergeRulesOf } from '../patching/merge-keys.ts';
import { goQuote } from '../values/go-text.ts';
import { isObject, parseJson, textAt } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';

/** Applies `--overrides` to a generated object, as `--override-type` says. */
export function applyOverrides(flags: FlagValues, object: JsonObject): JsonObject {
  const text = flags.text('overrides');
  if (text === '') return object;
  const type = flags.text('override-type');
  const patch = parseJson(text);
  let result;
  switch (type) {
    case 'json': {
      if (!Array.isArray(patch))
        return fail('json: cannot unmarshal object into Go value of type jsonpatch.Patch');
      const patched = jsonPatch(object, patch);
      result = patched.ok ? patched.value : fail(patched.message);
      break;
    }
    case 'merge':
      result = isObject(patch) ? mergePatch(object, patch) : fail('Invalid JSON Patch');
      break;
    case 'strategic':
      result = isObject(patch)
        ? strategicPatch(
            object,
            patch,
            mergeRulesOf(textAt(object, 'apiVersion'), textAt(object, 'kind')) ?? {},
          )
        : fail('invalid JSON document');
      break;
    default:
      return fail(`invalid override type: ${goQuote(type).slice(1, -1)}`);
  }
  return isObject(result) ? result : fail('Invalid JSON Patch');
}
