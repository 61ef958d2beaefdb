import { parseDocument } from 'yaml';
import { setOwn } from './json.ts';
import type { JsonObject, JsonValue } from './json.ts';

export type YamlResult =
  { readonly ok: true; readonly value: JsonValue } | { readonly ok: false; readonly message: string };

/** Aliases may repeat content this often: a defence against documents that unfold without end. */
const MAX_ALIASES = 100;

/** YAML 1.1 types that go-yaml v2 does not turn into values of their own. */
const UNKNOWN_TYPES = new Set([
  'tag:yaml.org,2002:timestamp',
  'tag:yaml.org,2002:binary',
  'tag:yaml.org,2002:set',
  'tag:yaml.org,2002:omap',
  'tag:yaml.org,2002:pairs',
]);

/** What libyaml says of the mistake that the parser found. */
function goMessage(code: string, message: string): string {
  if (code === 'TAB_AS_INDENT') return 'found character that cannot start any token';
  if (code === 'BLOCK_AS_IMPLICIT_KEY' || /Nested mappings|compact mapping/i.test(message))
    return 'mapping values are not allowed in this context';
  if (code === 'MISSING_CHAR' && /quote/i.test(message)) return 'found unexpected end of stream';
  if (/flow (sequence|collection)|end with a \]/i.test(message)) return "did not find expected ',' or ']'";
  if (/flow map|end with a \}/i.test(message)) return "did not find expected ',' or '}'";
  if (code === 'MULTILINE_IMPLICIT_KEY' || /Implicit keys need to be on a single line/.test(message))
    return "could not find expected ':'";
  if (code === 'BAD_ALIAS') return 'unknown anchor referenced';
  return 'did not find expected key';
}

function toJson(value: unknown): JsonValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Map) {
    const object: JsonObject = {};
    for (const [key, item] of value as Map<unknown, unknown>) setOwn(object, keyText(key), toJson(item));
    return object;
  }
  return null;
}

function keyText(key: unknown): string {
  if (typeof key === 'string') return key;
  if (typeof key === 'number' || typeof key === 'boolean') return String(key);
  return 'null';
}

/** One YAML document as JSON, by the rules of YAML 1.1. Of keys that repeat the last one counts. */
export function readYamlDocument(text: string): YamlResult {
  try {
    const document = parseDocument(text, {
      version: '1.1',
      merge: true,
      uniqueKeys: false,
      prettyErrors: true,
      logLevel: 'silent',
      customTags: (tags) =>
        tags.filter(
          (tag) =>
            typeof tag === 'string' ||
            (!UNKNOWN_TYPES.has(tag.tag) && !('format' in tag && tag.format === 'TIME')),
        ),
    });
    const [error] = document.errors;
    if (error !== undefined) {
      const line = error.linePos?.[0].line ?? 1;
      return { ok: false, message: `line ${line}: ${goMessage(error.code, error.message)}` };
    }
    return { ok: true, value: toJson(document.toJS({ mapAsMap: true, maxAliasCount: MAX_ALIASES })) };
  } catch (error) {
    return {
      ok: false,
      message: error instanceof Error ? error.message : 'document contains excessive aliasing',
    };
  }
}
