import { apiVersionOf, groupResourceOf, splitApiVersion } from '../../api/discovery.ts';
import type { Discovery, ResourceType } from '../../api/discovery.ts';
import type { Command, Invocation } from '../../command/command.ts';
import type { Step } from '../../command/step.ts';
import { Failure, fail } from '../../failure.ts';
import { parseJsonPath } from '../../printers/json-path-parser.ts';
import type { PathNode } from '../../printers/json-path-parser.ts';
import { EXPLAIN } from '../../surface/basic.ts';
import { goQuote } from '../../values/go-text.ts';
import { objectAt, objectsAt, sameJson, textAt } from '../../values/json.ts';
import type { JsonObject } from '../../values/json.ts';
import { ExplainPage } from './page.ts';
import { SchemaDocument } from './schema.ts';

const SUGGEST = 'Use "kubectl api-resources" for a complete list of supported resources.';

const FIRST_NODE = 'first node must be field node';

/** The fields that `pods.spec.containers` names. */
function fieldsOf(request: string, later = 'all nodes must be field nodes'): readonly string[] {
  const parsed = parseJsonPath(`{.${request.replace(/\.$/, '')}}`);
  if (!parsed.ok) return fail(parsed.message);
  const [outer] = parsed.nodes;
  if (parsed.nodes.length !== 1 || outer?.kind !== 'list') return fail('must pass in 1 jsonpath string');
  return outer.nodes.map((node: PathNode, index) => {
    if (node.kind === 'field') return node.name;
    return fail(`invalid jsonpath syntax, ${index === 0 ? FIRST_NODE : later}`);
  });
}

/** Every type that the word may mean, in the server's order. */
function typesFor(discovery: Discovery, word: string): readonly ResourceType[] {
  const found = discovery.find(word);
  if (found === undefined)
    throw new Failure({
      kind: 'no-resource',
      message: `the server doesn't have a resource type ${goQuote(word)}`,
    });
  const name = word.toLowerCase();
  const named = discovery.types().filter((type) => type.resource === name || type.singular === name);
  return named.length === 0 ? [found] : named;
}

interface Target {
  readonly type: ResourceType;
  readonly path: readonly string[];
}

/** `ingresses.networking.k8s.io.spec` names the group as well: it is no field. */
function targetOf(discovery: Discovery, request: string, withGroup: boolean): Target {
  const [word = ''] = fieldsOf(request.replace(/\[.*$/, ''));
  if (word === '') fail('a resource must be present, got: /, Resource=');
  const types = typesFor(discovery, word);
  const full = withGroup ? types.find((type) => request.startsWith(groupResourceOf(type))) : undefined;
  if (full === undefined)
    return {
      type: types[0] ?? discovery.require(word),
      path: fieldsOf(request, withGroup ? FIRST_NODE : undefined).slice(1),
    };
  const rest = request.slice(groupResourceOf(full).length);
  return { type: full, path: rest === '' ? [] : fieldsOf(`x${rest}`, FIRST_NODE).slice(1) };
}

interface GroupVersionResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

function describe({ group, version, resource }: GroupVersionResource): string {
  return `${group === '' ? `/${version}` : `${group}/${version}`}, Resource=${resource}`;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** The kind that a path of the document speaks of. */
function kindAt(
  document: JsonObject,
  { group, version, resource }: GroupVersionResource,
): JsonObject | undefined {
  const prefix = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  let found: JsonObject | undefined;
  for (const path of [
    `${prefix}/${resource}`,
    `${prefix}/${resource}/{name}`,
    `${prefix}/namespaces/{namespace}/${resource}`,
    `${prefix}/namespaces/{namespace}/${resource}/{name}`,
  ]) {
    for (const method of METHODS) {
      const kind = objectAt(document, 'paths', path, method, 'x-kubernetes-group-version-kind');
      if (kind === undefined) continue;
      found = kind;
      break;
    }
  }
  return found;
}

function* run({ args, flags, session }: Invocation): Step {
  const discovery = session.discovery();
  const [request] = args;
  if (request === undefined) return fail(`You must specify the type of resource to explain. ${SUGGEST}\n`);
  if (args.length > 1) fail('We accept only this format: explain RESOURCE\n');
  const apiVersion = flags.text('api-version');
  const { type, path } = targetOf(discovery, request, apiVersion === '');
  const output = flags.text('output');
  if (output === 'plaintext-openapiv2')
    fail(`couldn't find resource for ${goQuote(`${type.group}/${type.version}, Kind=${type.kind}`)}`);
  const target: GroupVersionResource = {
    ...(apiVersion === '' ? { group: type.group, version: type.version } : splitApiVersion(apiVersion)),
    resource: type.resource,
  };
  const api = session.api();
  const source = target.group === '' ? `api/${target.version}` : `apis/${apiVersionOf(target)}`;
  const url = textAt(api.call('GET', '/openapi/v3'), 'paths', source, 'serverRelativeURL');
  if (url === '') fail(`couldn't find resource for "${describe(target)}"`);
  const [place = '', query = ''] = url.split('?');
  const root = api.call('GET', place, {
    query: query === '' ? [] : [['hash', query.replace(/^hash=/, '')] as const],
  });
  if (output !== 'plaintext') fail(`unrecognized format: ${output}`);
  const kind = kindAt(root, target);
  if (kind === undefined) return fail(`GVR (${describe(target)}) not found in OpenAPI schema`);
  const group = textAt(kind, 'group');
  session.out(
    `${group === '' ? '' : `GROUP:      ${group}\n`}KIND:       ${textAt(kind, 'kind')}\nVERSION:    ${textAt(kind, 'version')}\n\n`,
  );
  yield* session.output.flush();
  const document = new SchemaDocument(root);
  const schema = document
    .schemas()
    .find((each) => objectsAt(each, 'x-kubernetes-group-version-kind').some((one) => sameJson(one, kind)));
  if (schema === undefined) return fail(`GVK ${goKind(kind)} not found in OpenAPI schema`);
  const text = new ExplainPage(document, flags.toggle('recursive')).text(schema, path);
  if (text === '') fail(`field ${goQuote(path.at(-1) ?? '')} does not exist`);
  session.out(`${text}\n`);
  return undefined;
}

/** A map as Go prints it. */
function goKind(kind: JsonObject): string {
  return `map[group:${textAt(kind, 'group')} kind:${textAt(kind, 'kind')} version:${textAt(kind, 'version')}]`;
}

export const explainCommand: Command = {
  ...EXPLAIN,
  long: `Describe the fields of a type of resource, as the server knows them.

 Name a field by the path that leads to it: TYPE.FIELD.FIELD.

${SUGGEST}`,
  examples: [
    ['What a network policy is made of', 'kubectl explain networkpolicy'],
    ['What stands behind one of its fields', 'kubectl explain networkpolicy.spec.ingress.from'],
    ['The whole tree, names only', 'kubectl explain service --recursive'],
    ['In a version of your choice', 'kubectl explain ingress --api-version=networking.k8s.io/v1'],
  ],
  run,
};
