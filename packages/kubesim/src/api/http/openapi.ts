import { utf8Encode } from '@podwire/sim';
import type { ApiRequest, ApiResponse } from '../http.ts';
import { catalog, GROUP_ORDER } from '../resources/catalog.ts';
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

function cached(key: string, make: () => object): ApiResponse {
  let body = documents.get(key);
  if (body === undefined) {
    body = utf8Encode(JSON.stringify(make()));
    documents.set(key, body);
  }
  return {
    status: 200,
    headers: { 'content-type': 'application/json', etag: `"${VERSION.gitVersion}-${body.length}"` },
    body,
  };
}

function basePath(group: string): string {
  return group === '' ? 'api/v1' : `apis/${group}/v1`;
}

export function openApi(request: ApiRequest, segments: readonly string[]): ApiResponse {
  const [, version, ...path] = segments;
  if (version === 'v3' && path.length === 0) return jsonResponse(200, v3Index());
  if (version === 'v3') {
    const group = GROUP_ORDER.find((candidate) => basePath(candidate) === path.join('/'));
    return group === undefined
      ? textResponse(404, '404 page not found\n')
      : cached(`v3/${group}`, () => v3Document(group));
  }
  if (version === 'v2' && path.length === 0) {
    const accept = request.headers['accept'] ?? '';
    if (accept.includes(V2_PROTOBUF) || accept.includes('proto-openapi.spec.v2')) return v2Protobuf();
    return cached('v2', v2Document);
  }
  return textResponse(404, '404 page not found\n');
}

const V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/**
 * The same document for clients that take only protobuf. It holds the paths, by which kubectl learns
 * which kinds validate on the server; the definitions are in OpenAPI v3.
 */
function v2Protobuf(): ApiResponse {
  let body = documents.get('v2.pb');
  if (body === undefined) {
    body = encodeV2(catalog.filter((resource) => resource.verbs.includes('patch')));
    documents.set('v2.pb', body);
  }
  return { status: 200, headers: { 'content-type': V2_PROTOBUF }, body };
}

function v3Index(): object {
  const paths = Object.fromEntries(
    GROUP_ORDER.map((group) => [
      basePath(group),
      { serverRelativeURL: `/openapi/v3/${basePath(group)}?hash=${VERSION.gitVersion.replaceAll('.', '')}` },
    ]),
  );
  return { paths };
}

function rootsOf(group: string | undefined): readonly RootKind[] {
  return catalog
    .filter((resource) => group === undefined || resource.group === group)
    .map(({ schema, group: of, kind }) => ({ schema, group: of, kind }));
}

function v3Document(group: string): object {
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: VERSION.gitVersion },
    paths: pathsOf(group, V3),
    components: { schemas: definitionsOf(rootsOf(group), V3) },
  };
}

function v2Document(): object {
  const paths = Object.assign({}, ...GROUP_ORDER.map((group) => pathsOf(group, V2))) as object;
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: VERSION.gitVersion },
    paths,
    definitions: definitionsOf(rootsOf(undefined), V2),
  };
}

type Operation = Record<string, unknown>;

/** One path for each collection and each object, with what clients look for: the kind, the parameters, the bodies. */
function pathsOf(group: string, dialect: Dialect): Readonly<Record<string, object>> {
  const paths: Record<string, object> = {};
  for (const resource of catalog) {
    if (resource.group !== group) continue;
    const root = `/${basePath(group)}/${resource.namespaced ? 'namespaces/{namespace}/' : ''}${resource.resource}`;
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
      paths[`/${basePath(group)}/${resource.resource}`] = { get: operation(resource, 'list', dialect) };
  }
  return paths;
}

const WRITES: ReadonlySet<string> = new Set(['post', 'put', 'patch']);

function operation(resource: Resource, action: string, dialect: Dialect): Operation {
  const { group, version, kind } = resource;
  const definition = `${dialect.prefix}${definitionName(resource.schema)}`;
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
