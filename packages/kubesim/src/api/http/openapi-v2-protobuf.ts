import type { Resource } from '../resources/resource.ts';
import { WireWriter } from '../schema/wire.ts';
import { VERSION } from './discovery.ts';

/** A message of text fields. */
function textMessage(fields: readonly (readonly [number: number, text: string])[]): Uint8Array {
  const writer = new WireWriter();
  for (const [number, text] of fields) writer.text(number, text);
  return writer.finish();
}

function message(fields: readonly (readonly [number: number, bytes: Uint8Array])[]): Uint8Array {
  const writer = new WireWriter();
  for (const [number, bytes] of fields) writer.bytes(number, bytes);
  return writer.finish();
}

const QUERY_PARAMETERS = ['dryRun', 'fieldManager', 'fieldValidation', 'force'];

/** Query parameters: Parameter.non_body_parameter (2), query_parameter_sub_schema (3): in (2), name (4), type (6). */
function queryParameter(name: string): Uint8Array {
  const schema = textMessage([
    [2, 'query'],
    [4, name],
    [6, name === 'force' ? 'boolean' : 'string'],
  ]);
  return message([[1, message([[2, message([[3, schema]])]])]]);
}

function patchPath(resource: Resource): Uint8Array {
  const { group, version, kind } = resource;
  const base = group === '' ? '/api/v1' : `/apis/${group}/${version}`;
  const path = `${base}/${resource.namespaced ? 'namespaces/{namespace}/' : ''}${resource.resource}/{name}`;
  const yaml = `group: ${JSON.stringify(group)}\nkind: ${kind}\nversion: ${version}\n`;
  const extension = new WireWriter();
  extension.text(1, 'x-kubernetes-group-version-kind');
  extension.bytes(2, textMessage([[2, yaml]]));
  const operation = message([
    ...QUERY_PARAMETERS.map((name) => [8, queryParameter(name)] as const),
    [13, extension.finish()],
  ]);
  const named = new WireWriter();
  named.text(1, path);
  named.bytes(2, message([[8, operation]]));
  return named.finish();
}

/** openapi.v2.Document of gnostic: swagger (1), info (2), paths (8). */
export function encodeV2(resources: readonly Resource[]): Uint8Array {
  const document = new WireWriter();
  document.text(1, '2.0');
  document.bytes(
    2,
    textMessage([
      [1, 'Kubernetes'],
      [2, VERSION.gitVersion],
    ]),
  );
  document.bytes(8, message(resources.map((resource) => [2, patchPath(resource)] as const)));
  return document.finish();
}
