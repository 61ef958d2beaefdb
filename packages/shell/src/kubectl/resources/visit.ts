import { resourcePath } from '../api/discovery.ts';
import type { ResourceType } from '../api/discovery.ts';
import { groupResourceOf } from '../api/discovery.ts';
import type { Step } from '../command/step.ts';
import { Failure, attempt, fail, flattened, reasonOf } from '../failure.ts';
import type { Problem } from '../failure.ts';
import type { Session } from '../session.ts';
import { goQuote } from '../values/go-text.ts';
import { goJson, isObject, objectsAt, setAt, textAt, textMapAt } from '../values/json.ts';
import type { JsonObject, JsonValue } from '../values/json.ts';
import { matchesLabels, parseSelector } from '../values/selector.ts';
import { retrieve } from './info.ts';
import type { ResourceInfo } from './info.ts';
import { metadataMistake, readManifests } from './manifests.ts';
import { readSources } from './query.ts';
import type { ResourceQuery, Sources } from './query.ts';

/** A list is followed over at most this many pages. */
const MAX_PAGES = 1000;

export type Found =
  | { readonly kind: 'info'; readonly info: ResourceInfo }
  | { readonly kind: 'problem'; readonly problem: Problem };

/** What a query found, visited lazily: later objects are not read before earlier ones are dealt with. */
export interface Selection {
  /** Mistakes in the question itself. */
  readonly error: Problem | undefined;
  readonly visit: () => Generator<Found>;
  /** One object was asked for, rather than a list. */
  readonly singleItemImplied: boolean;
  readonly continueOnError: boolean;
}

const MISSING_RESOURCE = `You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'`;

export const LOCAL_NEEDS_FILES = `error: you must specify resources by --filename when --local is set.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'`;

const plain = (message: string): Problem => ({ kind: 'plain', message });
const info = (found: ResourceInfo): Found => ({ kind: 'info', info: found });
const problem = (wrong: Problem): Found => ({ kind: 'problem', problem: wrong });

export function splitList(text: string): readonly string[] {
  return [...new Set(text.split(','))];
}

interface Tuple {
  readonly type: string;
  readonly name: string;
}

interface Target {
  readonly tuples: readonly Tuple[];
  readonly types: readonly string[];
  readonly names: readonly string[];
}

/** `pods,services web` means `pods/web services/web`. */
function spread(args: readonly string[]): readonly string[] {
  const [first, ...names] = args;
  if (first === undefined || names.length === 0) return args;
  const types = splitList(first);
  return types.length > 1 ? types.flatMap((type) => names.map((name) => `${type}/${name}`)) : args;
}

function splitTuple(word: string): Tuple {
  const parts = word.split('/');
  if (parts.length !== 2) fail('arguments in resource/name form may not have more than one slash');
  const [type = '', name = ''] = parts;
  if (type === '' || name === '' || splitList(type).length !== 1)
    fail('arguments in resource/name form must have a single resource and name');
  return { type, name };
}

function failMixed(): never {
  return fail(
    "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'",
  );
}

function readTarget(session: Session, query: ResourceQuery): Target {
  const given = query.args ?? [];
  if (query.defaultType !== undefined) {
    const type = query.defaultType;
    return {
      types: [],
      names: [],
      tuples: given.map((word) => {
        if (word.includes('/')) return splitTuple(word);
        return type === ''
          ? fail(`the argument ${goQuote(word)} must be RESOURCE/NAME`)
          : { type, name: word };
      }),
    };
  }
  const args = spread(given);
  const slashes = args.filter((word) => word.includes('/')).length;
  if (slashes > 0) {
    if (slashes !== args.length) failMixed();
    return { types: [], names: [], tuples: args.map(splitTuple) };
  }
  const [first, ...names] = args;
  if (first === undefined) return { types: [], names: [], tuples: [] };
  return {
    tuples: [],
    names,
    types: splitList(query.local === true ? first : expandCategories(session, first)),
  };
}

function expandCategories(session: Session, words: string): string {
  return words
    .split(',')
    .map((word) => {
      const members = session.discovery().inCategory(word);
      return members.length === 0 ? word : members.map(groupResourceOf).join(',');
    })
    .join(',');
}

/** Answers a query. Reads files and standard input, but asks the server only when visited. */
export function* select(session: Session, query: ResourceQuery): Step<Selection> {
  const sources = yield* readSources(session, query);
  const continueOnError = query.continueOnError === true;
  const prepared = attempt(() => prepare(session, query, sources));
  return {
    error: prepared.ok ? undefined : prepared.problem,
    visit: prepared.ok ? prepared.value.visit : nothing,
    singleItemImplied: prepared.ok && prepared.value.single,
    continueOnError,
  };
}

function* nothing(): Generator<Found> {
  // The question was wrong: `error` says how.
}

interface Prepared {
  readonly visit: () => Generator<Found>;
  readonly single: boolean;
}

function prepare(session: Session, query: ResourceQuery, sources: Sources): Prepared {
  const mistakes = [...sources.problems];
  const selector = (query.labelSelector ?? '').trim();
  const fieldSelector = (query.fieldSelector ?? '').trim();
  if (query.selectAll === true && (selector !== '' || fieldSelector !== ''))
    mistakes.push(plain("setting 'all' parameter but found a non empty selector. "));
  const read = attempt(() => readTarget(session, query));
  if (!read.ok) mistakes.push(read.problem);
  if (mistakes.length > 0) {
    throw new Failure(
      mistakes.length === 1 ? (mistakes[0] ?? plain('')) : { kind: 'aggregate', problems: mistakes },
    );
  }
  const target = read.ok ? read.value : { tuples: [], types: [], names: [] };
  const bare = target.types.length > 0 && target.names.length === 0;
  const everything = query.selectAll === true || (bare && query.emptySelectorIsAll === true);
  if (sources.hasPaths)
    return { visit: pathVisit(session, query, target, sources), single: sources.singleItemImplied };
  if (selector !== '' || fieldSelector !== '' || everything)
    return { visit: listVisit(session, query, target), single: false };
  if (target.tuples.length > 0)
    return { visit: tupleVisit(session, query, target), single: target.tuples.length === 1 };
  if (target.names.length > 0)
    return { visit: nameVisit(session, query, target), single: target.names.length === 1 };
  if (target.types.length > 0) {
    for (const type of target.types) session.discovery().require(type);
    fail('resource(s) were provided, but no name was specified');
  }
  return fail(MISSING_RESOURCE);
}

function uniqueTypes(
  session: Session,
  query: ResourceQuery,
  words: readonly string[],
): readonly ResourceType[] {
  if (words.length > 1 && query.singleType === true) fail('you may only specify a single resource type');
  const types: ResourceType[] = [];
  for (const word of words) {
    const type = session.discovery().require(word);
    if (!types.includes(type)) types.push(type);
  }
  return types;
}

function namespaceFor(query: ResourceQuery, type: ResourceType): string {
  if (!type.namespaced) return '';
  if (query.allNamespaces === true)
    return fail('a resource cannot be retrieved by name across all namespaces');
  return query.namespace === ''
    ? fail('namespace may not be empty when retrieving a resource by name')
    : query.namespace;
}

function finish(session: Session, query: ResourceQuery, found: ResourceInfo): Found {
  if (found.type !== undefined && !found.type.namespaced) found.namespace = '';
  if (found.object !== undefined || query.withoutObject === true || query.local === true) return info(found);
  const fetched = attempt(() => {
    retrieve(session, found, {
      ...(query.accept === undefined ? {} : { accept: query.accept }),
      ...(query.requestQuery === undefined ? {} : { query: query.requestQuery }),
    });
  });
  return fetched.ok ? info(found) : problem(fetched.problem);
}

function nameVisit(session: Session, query: ResourceQuery, target: Target): () => Generator<Found> {
  if (target.types.length > 1) fail('you must specify only one resource');
  const [type] = uniqueTypes(session, query, target.types);
  if (type === undefined) return fail('you must provide a resource and a resource name together');
  const namespace = namespaceFor(query, type);
  return function* () {
    for (const name of target.names) {
      yield finish(session, query, {
        type,
        namespace,
        name,
        source: '',
        object: undefined,
        subresource: query.subresource ?? '',
      });
    }
  };
}

function tupleVisit(session: Session, query: ResourceQuery, target: Target): () => Generator<Found> {
  const types = target.tuples.map((tuple) => session.discovery().require(tuple.type));
  if (query.singleType === true && new Set(types).size > 1)
    fail('you may only specify a single resource type');
  const namespaces = types.map((type) => namespaceFor(query, type));
  return function* () {
    for (const [i, tuple] of target.tuples.entries()) {
      const type = types[i];
      if (type === undefined) continue;
      yield finish(session, query, {
        type,
        namespace: namespaces[i] ?? '',
        name: tuple.name,
        source: '',
        object: undefined,
        subresource: query.subresource ?? '',
      });
    }
  };
}

function listVisit(session: Session, query: ResourceQuery, target: Target): () => Generator<Found> {
  if (target.names.length > 0) fail('name cannot be provided when a selector is specified');
  if (target.tuples.length > 0)
    fail('selectors and the all flag cannot be used when passing resource/name arguments');
  if (target.types.length === 0) fail('at least one resource must be specified to use a selector');
  if ((query.subresource ?? '') !== '') fail('subresource cannot be used when bulk resources are specified');
  const types = uniqueTypes(session, query, target.types);
  return function* () {
    for (const type of types) yield* pagesOf(session, query, type);
  };
}

/** The query parameters of a list. */
export function listParameters(query: ResourceQuery): readonly (readonly [string, string])[] {
  const parameters: (readonly [string, string])[] = [];
  const selector = (query.labelSelector ?? '').trim();
  const fieldSelector = (query.fieldSelector ?? '').trim();
  if (fieldSelector !== '') parameters.push(['fieldSelector', fieldSelector]);
  if (selector !== '') parameters.push(['labelSelector', selector]);
  return parameters;
}

/** The namespace whose objects are listed; empty for all, and for types without one. */
export function listNamespace(query: ResourceQuery, type: ResourceType): string {
  return type.namespaced && query.allNamespaces !== true ? query.namespace : '';
}

function* pagesOf(session: Session, query: ResourceQuery, type: ResourceType): Generator<Found> {
  const namespace = listNamespace(query, type);
  let continueToken = '';
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const parameters: (readonly [string, string])[] = [
      ...(query.requestQuery ?? []),
      ...listParameters(query),
    ];
    if ((query.chunkSize ?? 0) > 0) parameters.push(['limit', String(query.chunkSize)]);
    if (continueToken !== '') parameters.push(['continue', continueToken]);
    const reply = session.api().send('GET', resourcePath(type, namespace), {
      query: parameters,
      ...(query.accept === undefined ? {} : { accept: query.accept }),
    });
    if (!reply.ok) {
      yield problem(listProblem(reply.problem, query, type));
      return;
    }
    const list = reply.object;
    if (query.keepLists !== true && Array.isArray(list['items'])) {
      for (const item of listItems(list)) yield info(itemInfo(item, type));
    } else {
      yield info({ type, namespace, name: '', source: '', object: list, subresource: '' });
    }
    continueToken = textAt(list, 'metadata', 'continue');
    if (continueToken === '') return;
  }
}

function itemInfo(item: JsonObject, type: ResourceType | undefined): ResourceInfo {
  return {
    type,
    namespace: textAt(item, 'metadata', 'namespace'),
    name: textAt(item, 'metadata', 'name'),
    source: '',
    object: item,
    subresource: '',
  };
}

/** Items of a list carry no type of their own on the wire. */
function listItems(list: JsonObject): readonly JsonObject[] {
  const kind = textAt(list, 'kind').replace(/List$/, '');
  const apiVersion = textAt(list, 'apiVersion');
  return objectsAt(list, 'items').map((item) =>
    textAt(item, 'kind') === '' ? { ...item, apiVersion, kind } : item,
  );
}

function listProblem(wrong: Problem, query: ResourceQuery, type: ResourceType): Problem {
  const reason = reasonOf(wrong);
  if (wrong.kind !== 'status' || (reason !== 'BadRequest' && reason !== 'NotFound')) return wrong;
  const name = goQuote(`${type.group}/${type.version}, Resource=${type.resource}`);
  const selector = (query.labelSelector ?? '').trim();
  const fieldSelector = (query.fieldSelector ?? '').trim();
  const message =
    selector === '' && fieldSelector === ''
      ? `Unable to list ${name}: ${wrong.message}`
      : `Unable to find ${name} that match label selector ${goQuote(selector)}, field selector ${goQuote(fieldSelector)}: ${wrong.message}`;
  return { ...wrong, message };
}

function pathVisit(
  session: Session,
  query: ResourceQuery,
  target: Target,
  sources: Sources,
): () => Generator<Found> {
  if (target.types.length > 0)
    fail('when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well');
  if (target.names.length > 0) fail('name cannot be provided when a path is specified');
  if (target.tuples.length > 0) fail('resource/name arguments cannot be provided when a path is specified');
  const selector = (query.labelSelector ?? '').trim();
  const parsed = parseSelector(selector);
  if (!parsed.ok) return fail(`the provided selector ${goQuote(selector)} is not valid: ${parsed.message}`);
  const { requirements } = parsed;
  return function* () {
    for (const source of sources.manifests) {
      for (const part of readManifests(source.data)) {
        if (!part.ok) {
          yield problem(plain(`error parsing ${source.name}: ${part.message}`));
          break;
        }
        if (part.value === null) continue;
        for (const found of manifestInfos(session, query, source.name, part.value)) {
          if (found.kind === 'info') {
            const placed = attempt(() => {
              place(session, query, found.info);
            });
            if (!placed.ok) yield problem(placed.problem);
            else if (matchesLabels(requirements, textMapAt(found.info.object, 'metadata', 'labels')))
              yield finish(session, query, found.info);
          } else {
            yield found;
          }
        }
      }
    }
  };
}

/** Objects from files get the namespace of this run when they name none. */
function place(session: Session, query: ResourceQuery, found: ResourceInfo): void {
  if (found.type?.namespaced === false) {
    found.namespace = '';
    const metadata = found.object?.['metadata'];
    if (isObject(metadata)) delete metadata['namespace'];
  } else if (found.type !== undefined || found.namespace !== '') {
    if (found.namespace === '') {
      found.namespace = query.namespace;
      if (found.object !== undefined) setAt(found.object, ['metadata', 'namespace'], query.namespace);
    } else if (query.requireNamespace === true && found.namespace !== query.namespace) {
      fail(
        `the namespace from the provided object ${goQuote(found.namespace)} does not match the namespace ${goQuote(query.namespace)}. You must pass '--namespace=${found.namespace}' to perform this operation.`,
      );
    }
  }
  if (query.latest === true && found.name !== '')
    retrieve(session, found, {
      ...(query.accept === undefined ? {} : { accept: query.accept }),
      ...(query.requestQuery === undefined ? {} : { query: query.requestQuery }),
    });
}

/** What strict and warning validation ask of a document before it is decoded. */
function typeMistake(value: JsonValue): string | undefined {
  if (!isObject(value)) return 'invalid object to validate';
  const wrong: string[] = [];
  for (const field of ['apiVersion', 'kind']) {
    const text = value[field];
    if (text === undefined || text === null || text === '') wrong.push(`${field} not set`);
    else if (typeof text !== 'string') wrong.push(`${field} isn't string type`);
  }
  return wrong.length === 0 ? undefined : wrong.length === 1 ? wrong[0] : `[${wrong.join(', ')}]`;
}

function goTypeName(value: JsonValue): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

function* manifestInfos(
  session: Session,
  query: ResourceQuery,
  source: string,
  value: JsonValue,
): Generator<Found> {
  const validation = query.validation ?? 'ignore';
  if (validation !== 'ignore') {
    const mistake = typeMistake(value);
    if (mistake !== undefined) {
      yield problem(
        plain(
          `error validating ${goQuote(source)}: error validating data: ${mistake}; if you choose to ignore these errors, turn validation off with --validate=false`,
        ),
      );
      return;
    }
  }
  if (!isObject(value)) {
    yield problem(
      plain(
        `unable to decode ${goQuote(source)}: json: cannot unmarshal ${goTypeName(value)} into Go value of type unstructured.detector`,
      ),
    );
    return;
  }
  const decoded = decodeInfo(session, query, source, value);
  if (
    decoded.kind === 'problem' ||
    query.keepLists === true ||
    !Array.isArray(decoded.info.object?.['items'])
  ) {
    yield decoded;
    return;
  }
  for (const item of listItems(value)) yield decodeInfo(session, query, source, item, true);
}

function decodeInfo(
  session: Session,
  query: ResourceQuery,
  source: string,
  object: JsonObject,
  isItem = false,
): Found {
  const kind = textAt(object, 'kind');
  const apiVersion = textAt(object, 'apiVersion');
  if (kind === '')
    return problem(
      plain(`unable to decode ${goQuote(source)}: Object 'Kind' is missing in '${goJson(object)}'`),
    );
  const mistake = metadataMistake(object);
  if (mistake !== undefined) return problem(plain(`unable to decode ${goQuote(source)}: ${mistake}`));
  const name = textAt(object, 'metadata', 'name');
  const namespace = textAt(object, 'metadata', 'namespace');
  if (query.local === true)
    return info({ type: undefined, namespace, name, source, object, subresource: query.subresource ?? '' });
  const type = attempt(() =>
    Array.isArray(object['items']) && kind.endsWith('List')
      ? listType(session, kind, apiVersion)
      : session.discovery().forKind(kind, apiVersion),
  );
  if (!type.ok) return problem(type.problem);
  if (type.value === undefined) {
    const unmatched = `no matches for kind ${goQuote(kind)} in version ${goQuote(apiVersion)}`;
    return problem(
      plain(
        isItem
          ? `unable to recognize ${unmatched}`
          : `resource mapping not found for name: ${goQuote(name)} namespace: ${goQuote(namespace)} from ${goQuote(source)}: ${unmatched}\nensure CRDs are installed first`,
      ),
    );
  }
  return info({ type: type.value, namespace, name, source, object, subresource: query.subresource ?? '' });
}

/** `v1.List` and `PodList` are lists of whatever they hold. */
function listType(session: Session, kind: string, apiVersion: string): ResourceType | undefined {
  if (kind !== 'List') return session.discovery().forKind(kind.slice(0, -'List'.length), apiVersion);
  return {
    group: '',
    version: 'v1',
    resource: 'lists',
    singular: 'list',
    kind: 'List',
    namespaced: false,
    shortNames: [],
    categories: [],
    verbs: [],
    subresources: [],
  };
}

/** All infos, or the failure: how most commands visit. With `continueOnError` everything is visited first. */
export function allInfos(selection: Selection): {
  readonly infos: readonly ResourceInfo[];
  readonly problems: readonly Problem[];
} {
  if (selection.error !== undefined) throw new Failure(selection.error);
  const infos: ResourceInfo[] = [];
  const problems: Problem[] = [];
  for (const found of selection.visit()) {
    if (found.kind === 'info') infos.push(found.info);
    else problems.push(found.problem);
    if (found.kind === 'problem' && !selection.continueOnError) break;
  }
  return { infos, problems };
}

export function* requireInfos(session: Session, query: ResourceQuery): Step<readonly ResourceInfo[]> {
  const { infos, problems } = allInfos(yield* select(session, query));
  throwAll(problems);
  return infos;
}

/** Ends the command when there is anything to complain of. */
export function throwAll(problems: readonly Problem[]): void {
  const all = flattened(problems);
  const [only] = all;
  if (only === undefined) return;
  throw new Failure(all.length === 1 ? only : { kind: 'aggregate', problems: all });
}

/** Works on each object in turn; failures end the visit, or are gathered with `continueOnError`. */
export function* forEachInfo(
  session: Session,
  query: ResourceQuery,
  work: (found: ResourceInfo) => Step,
): Step<number> {
  const selection = yield* select(session, query);
  if (selection.error !== undefined) throw new Failure(selection.error);
  const problems: Problem[] = [];
  let count = 0;
  for (const found of selection.visit()) {
    if (found.kind === 'problem') {
      problems.push(found.problem);
    } else {
      count += 1;
      try {
        yield* work(found.info);
      } catch (error) {
        if (!(error instanceof Failure) || error.problem.kind === 'exit') throw error;
        problems.push(error.problem);
      }
    }
    if (problems.length > 0 && !selection.continueOnError) break;
  }
  throwAll(problems);
  return count;
}
