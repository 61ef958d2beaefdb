import { utf8Decode } from '@podwire/sim';
import { parse } from 'yaml';
import type { StoredObject } from '../../store/store.ts';
import { isObject, parseJson, textOf } from '../json.ts';
import type { JsonObject } from '../json.ts';
import type { Resource } from '../resources/resource.ts';
import { decodeAs } from '../resources/typing.ts';
import { decodeProtobuf } from '../schema/protobuf-decode.ts';
import { badRequest, failure, success } from '../status.ts';
import type { Failure, Outcome } from '../status.ts';
import { duplicateFields, duplicateKeys, inOrderOfText } from './duplicate-fields.ts';
import { parseMediaType } from './media.ts';
import type { Scope } from './scope.ts';

/** `--max-request-bytes`. */
const MAX_BODY_BYTES = 3 * 1024 * 1024;
/** What etcd takes at once (`--max-request-bytes`, 1.5 MiB). */
const MAX_OBJECT_BYTES = 1.5 * 1024 * 1024;
/** Objects of smaller bodies are not measured: to grow one beyond the bound takes larger ones. */
const MEASURED_BODY_BYTES = 16 * 1024;
/** YAML that refers to itself more often than this is an attack. */
const MAX_YAML_ALIASES = 50;

const YAML_STRICT = /^(error converting YAML to JSON: )?yaml: unmarshal errors:\n/;

export type Validation = 'Strict' | 'Warn' | 'Ignore';

/** The text of a body, bounded. */
export function bodyText(body: Uint8Array | undefined): Outcome<string> {
  if (body !== undefined && body.length > MAX_BODY_BYTES)
    return failure(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${MAX_BODY_BYTES}`);
  return success(body === undefined ? '' : utf8Decode(body));
}

/** Reads a whole body of whichever type it is, as an untyped object. */
export function readObject(
  body: Uint8Array | undefined,
  contentType: string | undefined,
): Outcome<JsonObject> {
  const text = bodyText(body);
  if (!text.ok) return text;
  const media = parseMediaType(contentType ?? 'application/json').type;
  switch (media) {
    case 'application/json':
    case '':
    case '*/*':
      return fromJson(text.value);
    case 'application/yaml':
      return fromYaml(text.value);
    case 'application/vnd.kubernetes.protobuf': {
      const decoded = decodeProtobuf(body ?? new Uint8Array());
      if (!decoded.ok) return badRequest(decoded.message);
      return success(decoded.value);
    }
    default:
      return failure(
        415,
        'UnsupportedMediaType',
        'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
      );
  }
}

function fromJson(text: string): Outcome<JsonObject> {
  const parsed = parseJson(text);
  if (!parsed.ok) return badRequest(`couldn't get version/kind; json parse error: ${parsed.message}`);
  if (!isObject(parsed.value))
    return badRequest(
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${Array.isArray(parsed.value) ? 'array' : typeof parsed.value} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
    );
  return success(parsed.value);
}

export function fromYaml(text: string): Outcome<JsonObject> {
  try {
    const value: unknown = parse(text, {
      maxAliasCount: MAX_YAML_ALIASES,
      prettyErrors: false,
      // The last one counts; `repeatedFields` tells of it where a client asked for that.
      uniqueKeys: false,
    });
    // Through JSON: YAML knows values, dates for one, that an API object cannot hold.
    const json: unknown = value === undefined ? null : JSON.parse(JSON.stringify(value));
    if (isObject(json)) return success(json);
    return badRequest("couldn't get version/kind; json parse error: the YAML document is not an object");
  } catch (error) {
    return badRequest(
      `error converting YAML to JSON: yaml: ${error instanceof Error ? error.message : 'cannot be read'}`,
    );
  }
}

export function validationOf(scope: Scope): Outcome<Validation> {
  const value = scope.query.get('fieldValidation');
  if (value === '') return success('Warn');
  if (value === 'Strict' || value === 'Warn' || value === 'Ignore') return success(value);
  return badRequest(
    `Invalid value: ${JSON.stringify(value)}: fieldValidation parameter must be one of "Ignore", "Warn" or "Strict"`,
  );
}

/**
 * Types, checks and defaults an object that a client sent, as a draft of its own. Unknown fields warn or
 * fail, as `fieldValidation` says.
 */
export function decodeDraft(scope: Scope, value: JsonObject, warnings: string[]): Outcome<StoredObject> {
  const { resource } = scope;
  const mismatch = checkKind(resource, value);
  if (mismatch !== undefined) return mismatch;
  const { body, headers } = scope.request;
  const contentType = headers['content-type'] ?? 'application/json';
  return typedDraft(scope, value, {
    warnings,
    repeated: () => repeatedFields(contentType, body),
    ...(parseMediaType(contentType).type.endsWith('json')
      ? { text: () => utf8Decode(body ?? new Uint8Array(0)) }
      : {}),
    refuse: (message) => badRequest(`${cannotBeHandled(resource)}: ${message}`),
  });
}

export function cannotBeHandled({ kind, version }: Resource): string {
  return `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}`;
}

/** A text of a strict decoder as warnings: those of YAML come in one text, a line each. */
export function strictWarnings(text: string): readonly string[] {
  return text
    .split('\n')
    .slice(YAML_STRICT.test(text) ? 1 : 0)
    .map((line) => line.trim());
}

/** How what is wrong with a body is told: each way of writing has words of its own. */
interface Telling {
  readonly warnings: string[];
  /** What the sender's text gives twice, as `repeatedFields` tells it; not asked with `Ignore`. */
  readonly repeated?: () => readonly string[];
  /** The JSON that was sent, where its fields are told of as they stand in it. */
  readonly text?: () => string;
  refuse(message: string): Failure;
}

export function typedDraft(scope: Scope, value: JsonObject, telling: Telling): Outcome<StoredObject> {
  const { resource } = scope;
  const validation = validationOf(scope);
  if (!validation.ok) return validation;
  const decoded = decodeAs(resource, value);
  if (!decoded.ok) return telling.refuse(decoded.message);
  const repeated = validation.value === 'Ignore' ? [] : (telling.repeated?.() ?? []);
  const all = [...repeated, ...decoded.unknown.map((path) => `unknown field ${JSON.stringify(path)}`)];
  const unknown =
    repeated.length > 0 && decoded.unknown.length > 0 && telling.text !== undefined
      ? inOrderOfText(telling.text(), all)
      : all;
  if (unknown.length > 0 && validation.value === 'Strict')
    return telling.refuse(`strict decoding error: ${unknown.join(', ')}`);
  if (validation.value === 'Warn') telling.warnings.push(...unknown.flatMap(strictWarnings));
  const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
  const typed = { ...decoded.value, kind: resource.kind, apiVersion } as unknown as StoredObject;
  const draft = resource.view === undefined ? typed : resource.view.toStored(typed);
  resource.applyDefaults?.(draft);
  if (
    (scope.request.body?.length ?? 0) > MEASURED_BODY_BYTES &&
    JSON.stringify(draft).length > MAX_OBJECT_BYTES
  )
    return failure(500, '', 'etcdserver: request is too large');
  return success(draft);
}

/** API6: fields that a text gives more than once, in the words of the server's decoder for it. */
export function repeatedFields(contentType: string, body: Uint8Array | undefined): readonly string[] {
  const text = utf8Decode(body ?? new Uint8Array(0));
  switch (parseMediaType(contentType).type) {
    case 'application/yaml':
    case 'application/apply-patch+yaml':
      return [duplicateKeys(text) ?? []].flat();
    case 'application/vnd.kubernetes.protobuf':
      return [];
    default:
      return duplicateFields(text).map((path) => `duplicate field ${JSON.stringify(path)}`);
  }
}

function checkKind(resource: Resource, value: JsonObject): Failure | undefined {
  const { kind, apiVersion } = value as { kind?: unknown; apiVersion?: unknown };
  const expected = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
  // A body without them is taken for what the path names.
  if ((kind === undefined || kind === '') && (apiVersion === undefined || apiVersion === ''))
    return undefined;
  if (apiVersion === expected && kind === resource.kind) return undefined;
  if (apiVersion === expected || apiVersion === undefined || kind === undefined || kind === '') {
    return badRequest(
      `${textOf(kind)} in version ${JSON.stringify(resource.version)} cannot be handled as a ${resource.kind}: no kind ${JSON.stringify(kind ?? '')} is registered for version ${JSON.stringify(apiVersion ?? '')} in scheme "pkg/api/legacyscheme/scheme.go:30"`,
    );
  }
  return badRequest(
    `the API version in the data (${textOf(apiVersion)}) does not match the expected API version (${expected})`,
  );
}
