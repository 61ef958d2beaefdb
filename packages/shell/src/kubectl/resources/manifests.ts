import { readYamlDocument } from '../values/yaml-reader.ts';
import { isObject, parseJson } from '../values/json.ts';
import type { JsonObject, JsonValue } from '../values/json.ts';

export type ManifestPart =
  { readonly ok: true; readonly value: JsonValue } | { readonly ok: false; readonly message: string };

/** More documents than this in one file are refused: the API server would be busy for minutes. */
const MAX_DOCUMENTS = 5000;

/** Splits a stream at lines of `---`, as apimachinery's YAML reader does. */
function splitDocuments(text: string): readonly string[] {
  const documents: string[] = [];
  let lines: string[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('---')) {
      const rest = line.slice(3).trim();
      if ((rest === '' || rest.startsWith('#')) && lines.length > 0) {
        documents.push(`${lines.join('\n')}\n`);
        lines = [];
        continue;
      }
    }
    lines.push(line);
  }
  if (lines.join('') !== '') documents.push(lines.join('\n'));
  return documents;
}

/** Every JSON value of a text that holds one behind the other. */
function* readJsonStream(text: string): Generator<ManifestPart> {
  const whole = parseJson(text);
  if (whole !== undefined) {
    yield { ok: true, value: whole };
    return;
  }
  let start = 0;
  let depth = 0;
  let inText = false;
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i] ?? '';
    if (inText) {
      if (c === '\\') i += 1;
      else if (c === '"') inText = false;
    } else if (c === '"') {
      inText = true;
    } else if (c === '{' || c === '[') {
      depth += 1;
    } else if (c === '}' || c === ']') {
      depth -= 1;
      if (depth > 0) continue;
      const value = parseJson(text.slice(start, i + 1));
      if (value === undefined) {
        yield* readAsYaml(text.slice(start));
        return;
      }
      yield { ok: true, value };
      start = i + 1;
    }
  }
  const rest = text.slice(start).trim();
  if (rest === '') return;
  if (depth > 0 || inText) yield { ok: false, message: 'unexpected EOF' };
  else yield* readAsYaml(rest);
}

function* readAsYaml(text: string): Generator<ManifestPart> {
  for (const document of splitDocuments(text).slice(0, MAX_DOCUMENTS)) {
    const read = readYamlDocument(document);
    if (!read.ok) {
      yield { ok: false, message: `error converting YAML to JSON: yaml: ${read.message}` };
      return;
    }
    yield { ok: true, value: read.value };
  }
}

/** The documents of a manifest file, JSON or YAML. Ends at the first that cannot be read. */
export function* readManifests(data: Uint8Array): Generator<ManifestPart> {
  const text = new TextDecoder().decode(data);
  if (text.trimStart().startsWith('{')) yield* readJsonStream(text);
  else yield* readAsYaml(text);
}

const METADATA_TEXTS = ['name', 'generateName', 'namespace', 'selfLink', 'uid', 'resourceVersion'] as const;
const METADATA_MAPS = ['labels', 'annotations'] as const;

function goTypeName(value: JsonValue): string {
  if (Array.isArray(value)) return 'array';
  if (isObject(value)) return 'object';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** What metadata's decoder objects to, or undefined: types only, the server judges the rest. */
export function metadataMistake(object: JsonObject): string | undefined {
  const wrong = (value: JsonValue, field: string, type: string): string =>
    `json: cannot unmarshal ${goTypeName(value)} into Go struct field ${field} of type ${type}`;
  const apiVersion = object['apiVersion'];
  if (apiVersion !== undefined && apiVersion !== null && typeof apiVersion !== 'string')
    return wrong(apiVersion, 'metadataOnlyObject.apiVersion', 'string');
  const metadata = object['metadata'];
  if (metadata === undefined || metadata === null) return undefined;
  if (!isObject(metadata)) return wrong(metadata, 'metadataOnlyObject.metadata', 'v1.ObjectMeta');
  for (const field of METADATA_TEXTS) {
    const value = metadata[field];
    if (value !== undefined && value !== null && typeof value !== 'string')
      return wrong(value, `ObjectMeta.metadata.${field}`, 'string');
  }
  for (const field of METADATA_MAPS) {
    const map = metadata[field];
    if (map === undefined || map === null) continue;
    if (!isObject(map)) return wrong(map, `ObjectMeta.metadata.${field}`, 'map[string]string');
    for (const value of Object.values(map)) {
      if (value !== null && typeof value !== 'string')
        return wrong(value, `ObjectMeta.metadata.${field}`, 'string');
    }
  }
  return undefined;
}
