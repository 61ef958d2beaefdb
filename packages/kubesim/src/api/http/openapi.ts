import { utf8Encode } from '@podwire/sim';
import type { ApiRequest, ApiResponse } from '../http.ts';
import type { ServedKinds } from '../custom/served.ts';
import { customDefinition, customDefinitionName, customListDefinition } from '../custom/openapi.ts';
import { BUILT_IN_VERSIONS, catalog } from '../resources/catalog.ts';
import type { Resource } from '../resources/resource.ts';
import { definitionName, definitionsOf } from '../schema/openapi.ts';
import type { Dialect, RootKind } from '../schema/openapi.ts';
import { VERSION } from './discovery.ts';
import { encodeV2 } from './openapi-v2-protobuf.ts';
import { jsonResponse, textResponse } from './respond.ts';

const V3: Dialect = { prefix: '#/components/schemas/', wrapReferences: true };
const V2: Dialect = { prefix: '#/definitions/', wrapReferences: false };

/** Documents are the same for every cluster of this build: made once, when first asked for. */
const documents = new Map<string, Uint8Array>();

function cached(request: ApiRequest, key: string, make: () => object): ApiResponse {
  let body = documents.get(key);
  if (body === undefined) {
    body = utf8Encode(JSON.stringify(make()));
    documents.set(key, body);
  }
  return document(request, body, 'application/json');
}

/** With its tag; a client that has that version already is told so (RFC 9110 section 13.1.2). */
function document(request: ApiRequest, body: Uint8Array, contentType: string): ApiResponse {
  const etag = `"${hashOf(body)}"`;
  const headers = { 'content-type': contentType, etag, vary: 'Accept' };
  const known = (request.headers['if-none-match'] ?? '')
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''));
  return known.includes(etag) || known.includes('*')
    ? { status: 304, headers: { etag } }
    : { status: 200, headers, body };
}

/** FNV-1a over four lanes, as long as the real server's tags. */
function hashOf(body: Uint8Array): string {
  const lanes = [0x811c9dc5, 0x01000193, 0x9e3779b9, 0x85ebca6b];
  for (let index = 0; index < body.length; index++) {
    const lane = index & 3;
    lanes[lane] = Math.imul((lanes[lane] ?? 0) ^ (body[index] ?? 0), 0x01000193) >>> 0;
  }
  lanes.push((body.length * 0x9e3779b1) >>> 0);
  return lanes
    .map((lane) => lane.toString(16).padStart(8, '0'))
    .join('')
    .toUpperCase();
}

function basePath(group: string, version = 'v1'): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`;
}

export function openApi(request: ApiRequest, segments: readonly string[], served: ServedKinds): ApiResponse {
  const [, version, ...path] = segments;
  if (version === 'v3' && path.length === 0) return jsonResponse(200, v3Index(served));
  if (version === 'v3') {
    const path3 = path.join('/');
    const found = BUILT_IN_VERSIONS.find(({ group, version }) => basePath(group, version) === path3);
    if (found !== undefined)
      return cached(request, `v3/${path3}`, () => v3Document(found.group, found.version));
    const custom = served.custom().filter((kind) => basePath(kind.group, kind.version) === path3);
    return custom.length === 0
      ? textResponse(404, '404 page not found\n')
      : document(request, utf8Encode(JSON.stringify(customDocument(custom))), 'application/json');
  }
  if (version === 'v2' && path.length === 0) {
    const accept = request.headers['accept'] ?? '';
    const custom = served.custom();
    if (accept.includes(V2_PROTOBUF) || accept.includes('proto-openapi.spec.v2'))
      return v2Protobuf(request, custom);
    if (custom.length > 0)
      return document(request, utf8Encode(JSON.stringify(v2Document(custom))), 'application/json');
    return cached(request, 'v2', () => v2Document([]));
  }
  return textResponse(404, '404 page not found\n');
}

const V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/**
 * The same document for clients that take only protobuf. It holds the paths, by which kubectl learns
 * which kinds validate on the server; the definitions are in OpenAPI v3.
 */
function v2Protobuf(request: ApiRequest, custom: readonly Resource[]): ApiResponse {
  const known = custom.length === 0 ? documents.get('v2.pb') : undefined;
  const body =
    known ?? encodeV2([...catalog, ...custom].filter((resource) => resource.verbs.includes('patch')));
  if (custom.length === 0) documents.set('v2.pb', body);
  return document(request, body, V2_PROTOBUF);
}

function v3Index(served: ServedKinds): object {
  const paths = Object.fromEntries(
    served
      .groups()
      .flatMap(({ name, versions }) => versions.map((version) => ({ name, version })))
      .map(({ name, version }) => {
        const path = basePath(name, version);
        const custom = served.custom().filter((kind) => kind.group === name && kind.version === version);
        const hash =
          custom.length === 0
            ? VERSION.gitVersion.replaceAll('.', '')
            : hashOf(utf8Encode(JSON.stringify(customDocument(custom))));
        return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }];
      }),
  );
  return { paths };
}

/** The document of a group that definitions add: their schemas, and what every kind has alike. */
function customDocument(kinds: readonly Resource[]): object {
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes CRD Swagger', version: 'v0.1.0' },
    paths: pathsOf(kinds, V3),
    components: { schemas: { ...definitionsOf([], V3), ...customDefinitions(kinds, V3) } },
  };
}

function customDefinitions(kinds: readonly Resource[], dialect: Dialect): Readonly<Record<string, object>> {
  return Object.fromEntries(
    kinds.flatMap((kind) => [
      [customDefinitionName(kind), customDefinition(kind, dialect)],
      [`${customDefinitionName(kind)}List`, customListDefinition(kind, dialect)],
    ]),
  );
}

function rootsOf(kinds: readonly Resource[]): readonly RootKind[] {
  return kinds.map(({ schema, group, version, kind }) => ({ schema, group, version, kind }));
}

function v3Document(group: string, version: string): object {
  const kinds = catalog.filter((resource) => resource.group === group && resource.version === version);
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: VERSION.gitVersion },
    paths: pathsOf(kinds, V3),
    components: { schemas: definitionsOf(rootsOf(kinds), V3) },
  };
}

function v2Document(custom: readonly Resource[]): object {
  const paths = pathsOf([...catalog, ...custom], V2);
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: VERSION.gitVersion },
    paths,
    definitions: { ...definitionsOf(rootsOf(catalog), V2), ...customDefinitions(custom, V2) },
  };
}

type Operation = Record<string, unknown>;

/** One path for each collection and each object, with what clients look for: the kind, the parameters, the bodies. */
function pathsOf(kinds: readonly Resource[], dialect: Dialect): Readonly<Record<string, object>> {
  const paths: Record<string, object> = {};
  for (const resource of kinds) {
    const base = basePath(resource.group, resource.version);
    const root = `/${base}/${resource.namespaced ? 'namespaces/{namespace}/' : ''}${resource.resource}`;
    paths[root] = {
      get: operation(resource, 'list', dialect),
      post: operation(resource, 'post', dialect),
      delete: operation(resource, 'deletecollection', dialect),
    };
    paths[`${root}/{name}`] = {
      get: operation(resource, 'get', dialect),
      put: operation(resource, 'put', dialect),
      patch: operation(resource, 'patch', dialect),
      delete: operation(resource, 'delete', dialect),
    };
    if (resource.namespaced)
      paths[`/${base}/${resource.resource}`] = { get: operation(resource, 'list', dialect) };
  }
  return paths;
}

const WRITES: ReadonlySet<string> = new Set(['post', 'put', 'patch']);

function operation(resource: Resource, action: string, dialect: Dialect): Operation {
  const { group, version, kind } = resource;
  const name =
    resource.custom === undefined ? definitionName(resource.schema) : customDefinitionName(resource);
  const definition = `${dialect.prefix}${name}`;
  const schema = { $ref: action === 'list' ? `${definition}List` : definition };
  const v3 = dialect.wrapReferences;
  const parameters = WRITES.has(action)
    ? ['dryRun', 'fieldManager', 'fieldValidation', ...(action === 'patch' ? ['force'] : [])].map((name) =>
        parameter(name, v3),
      )
    : [];
  return {
    tags: [group === '' ? 'core_v1' : `${group.split('.')[0] ?? ''}_v1`],
    operationId: `${action}${kind}`,
    parameters,
    responses: {
      '200': v3
        ? { description: 'OK', content: { 'application/json': { schema } } }
        : { description: 'OK', schema },
    },
    ...(v3 && WRITES.has(action)
      ? { requestBody: { required: true, content: { '*/*': { schema: { $ref: definition } } } } }
      : {}),
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { group, version, kind },
  };
}

function parameter(name: string, v3: boolean): object {
  const type = name === 'force' ? 'boolean' : 'string';
  return v3
    ? { name, in: 'query', schema: { type, uniqueItems: true } }
    : { name, in: 'query', type, uniqueItems: true };
}
