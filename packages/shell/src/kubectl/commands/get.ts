import type { ResourceType } from '../api/discovery.ts';
import { resourcePath } from '../api/discovery.ts';
import { Watch } from '../api/watch.ts';
import type { Command, Invocation } from '../command/command.ts';
import type { Step } from '../command/step.ts';
import { usageFailure } from '../command/run.ts';
import { Failure, attempt, fail, flattened, isNotFound, messageOf } from '../failure.ts';
import type { Problem } from '../failure.ts';
import { getPrinter } from '../printers/printer.ts';
import { sortByPath } from '../printers/sort.ts';
import { TABLE_LAYOUT, TabWriter } from '../printers/tab-writer.ts';
import { TablePrinter, isTable } from '../printers/table.ts';
import { isNamespaced, objectOf, typeOf } from '../resources/info.ts';
import type { ResourceInfo } from '../resources/info.ts';
import { fileQuery, namespaceQuery } from '../resources/query.ts';
import type { ResourceQuery } from '../resources/query.ts';
import { allInfos, listNamespace, listParameters, select } from '../resources/visit.ts';
import type { Selection } from '../resources/visit.ts';
import { GET } from '../surface/basic.ts';
import { goJson, objectsAt, textAt } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';
import { goYaml } from '../printers/yaml.ts';
import { goQuote } from '../values/go-text.ts';
import { rawRequest } from './raw.ts';

const TABLE_ACCEPT =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';

export const getCommand: Command = {
  ...GET,
  long: `Display one or many resources.

 Shows the objects of a type, or the ones you name, as a table. Narrow the list with a label selector, and pick another form with -o. Types that live in namespaces are read from the current namespace unless you choose one.

Use "kubectl api-resources" for a complete list of supported resources.`,
  examples: [
    ['List the pods of the current namespace', 'kubectl get pods'],
    ['List pods with their IPs and nodes', 'kubectl get pods -o wide'],
    ['Show one service as YAML', 'kubectl get service web -o yaml'],
    ['List pods that carry a label, in every namespace', 'kubectl get pods -A -l app=web'],
    ['Print one field of one object', "kubectl get pod web -o jsonpath='{.status.podIP}'"],
    [
      'Choose the columns yourself',
      'kubectl get pods -o custom-columns=NAME:.metadata.name,IP:.status.podIP',
    ],
    ['List several types at once', 'kubectl get deployments,services,endpointslices'],
    ['Follow changes', 'kubectl get pods --watch'],
  ],
  run: get,
};

interface View {
  readonly invocation: Invocation;
  readonly human: boolean;
  readonly serverPrint: boolean;
  readonly sortBy: string;
  readonly query: ResourceQuery;
}

function* get(invocation: Invocation): Step {
  const { flags, session } = invocation;
  const raw = flags.text('raw');
  if (raw !== '') {
    checkRaw(invocation, raw);
    return yield* rawRequest(session, 'GET', raw);
  }
  session.namespace();
  const view = complete(invocation);
  if (flags.toggle('watch') || flags.toggle('watch-only')) return yield* watch(view);
  const selection = yield* select(session, view.query);
  if (selection.error !== undefined && !(isNotFound(selection.error) && flags.toggle('ignore-not-found')))
    throw new Failure(selection.error);
  if (!view.human) {
    printGeneric(view, selection);
    return undefined;
  }
  printTables(view, selection);
  return undefined;
}

function checkRaw({ flags, args }: Invocation, raw: string): void {
  if (args.length > 0) fail('arguments may not be passed when --raw is specified');
  if (flags.toggle('watch') || flags.toggle('watch-only') || flags.text('selector') !== '') {
    fail('--raw may not be specified with other flags that filter the server request or alter the output');
  }
  if (flags.text('output') !== '') fail('--raw and --output are mutually exclusive');
  if (!raw.startsWith('/'))
    fail(`--raw must be a valid URL path: parse ${goQuote(raw)}: invalid URI for request`);
}

function complete(invocation: Invocation): View {
  const { flags, args, session, commandPath } = invocation;
  const output = flags.text('output');
  const sortBy = flags.text('sort-by');
  const serverPrint =
    flags.toggle('server-print') &&
    !(output.includes('custom-columns') || output === 'yaml' || output.includes('json'));
  const human = (output === '' && flags.text('template') === '') || output === 'wide';
  const watches = flags.toggle('watch') || flags.toggle('watch-only');
  if (flags.toggle('watch') && sortBy !== '')
    session.err('warning: --watch requested, --sort-by will be ignored for watch events received\n');
  else if (flags.toggle('watch-only') && sortBy !== '')
    session.err('warning: --watch-only requested, --sort-by will be ignored\n');
  else if (
    !watches &&
    args.length === 0 &&
    flags.list('filename').length === 0 &&
    flags.text('kustomize') === ''
  ) {
    session.err(
      'You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.\n\n',
    );
    throw usageFailure(
      commandPath,
      'Required resource not specified.\nUse "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).',
    );
  }
  if (flags.toggle('show-labels') && output !== '' && output !== 'wide')
    fail(`--show-labels option cannot be used with ${output} printer`);
  if (flags.toggle('output-watch-events') && !watches)
    fail('--output-watch-events option can only be used with --watch or --watch-only');
  const allNamespaces = flags.toggle('all-namespaces');
  const tables = serverPrint && human;
  return {
    invocation,
    human,
    serverPrint,
    sortBy,
    query: {
      ...fileQuery(flags),
      ...namespaceQuery(invocation),
      requireNamespace: session.namespaceIsExplicit() && !allNamespaces,
      allNamespaces,
      args,
      emptySelectorIsAll: true,
      labelSelector: flags.text('selector'),
      fieldSelector: flags.text('field-selector'),
      subresource: flags.text('subresource'),
      chunkSize: sortBy === '' ? flags.integer('chunk-size') : 0,
      continueOnError: !watches,
      latest: true,
      keepLists: watches,
      singleType: watches,
      ...(tables ? { accept: TABLE_ACCEPT } : {}),
      ...(tables && sortBy !== '' ? { requestQuery: [['includeObject', 'Object']] as const } : {}),
    },
  };
}

function tablePrinter(
  { invocation: { flags, session } }: View,
  type: ResourceType | undefined,
  withNamespace: boolean,
  withKind: boolean,
): TablePrinter {
  return new TablePrinter({
    noHeaders: flags.toggle('no-headers'),
    wide: flags.text('output') === 'wide',
    withNamespace,
    kind: withKind || flags.toggle('show-kind') ? type : undefined,
    showLabels: flags.toggle('show-labels'),
    labelColumns: flags.list('label-columns'),
    nowMs: session.nowMs(),
  });
}

/**
 * Sorts what came. A table on its own is sorted when it is printed; several are compared as if they
 * were objects themselves, and most paths find nothing in them: so does the real one.
 */
function sorted(view: View, infos: readonly ResourceInfo[]): readonly ResourceInfo[] {
  return view.sortBy === '' || infos.length < 2 ? infos : sortByPath(infos, objectOf, view.sortBy);
}

/** The table with its rows in order; undefined when they can't be ordered, and then nothing is printed. */
function orderedTable(view: View, object: JsonObject): JsonObject | undefined {
  if (view.sortBy === '' || !isTable(object)) return object;
  const ordered = attempt(() => sortRows(object, view.sortBy));
  return ordered.ok ? ordered.value : undefined;
}

function sortRows(table: JsonObject, expression: string): JsonObject {
  return {
    ...table,
    rows: [...sortByPath(objectsAt(table, 'rows'), (row) => row['object'] ?? null, expression)],
  };
}

function printTables(view: View, selection: Selection): void {
  const { session, flags } = view.invocation;
  const ignored = flags.toggle('ignore-not-found');
  const visited = allInfos(selection);
  const problems = visited.problems.filter((problem) => !(ignored && isNotFound(problem)));
  const infos = sorted(view, visited.infos);
  const [first] = infos;
  const withKind =
    first !== undefined &&
    infos.some(
      (info) => typeOf(info).kind !== typeOf(first).kind || typeOf(info).group !== typeOf(first).group,
    );
  const writer = new TabWriter(TABLE_LAYOUT);
  let printer: TablePrinter | undefined;
  let last: ResourceType | undefined;
  let written = '';
  let separate = false;
  const flush = (): void => {
    const text = writer.flush();
    if (text === '') return;
    written += separate ? `\n${text}` : text;
    separate = false;
  };
  let allNamespaced = view.query.allNamespaces !== true;
  for (const info of infos) {
    const type = typeOf(info);
    allNamespaced &&= isNamespaced(info);
    if (printer === undefined || last?.resource !== type.resource || last.group !== type.group) {
      flush();
      writer.forgetWidths();
      if (last !== undefined && !flags.toggle('no-headers') && written !== '') separate = true;
      printer = tablePrinter(view, type, view.query.allNamespaces === true && type.namespaced, withKind);
      last = type;
    }
    const ordered = orderedTable(view, objectOf(info));
    if (ordered !== undefined) writer.write(printer.print(ordered));
  }
  flush();
  session.out(written);
  if (written === '' && !ignored && problems.length === 0) {
    session.err(
      allNamespaced ? `No resources found in ${session.namespace()} namespace.\n` : 'No resources found\n',
    );
  }
  failWith(problems);
}

function failWith(problems: readonly Problem[]): void {
  const [only] = problems;
  if (only !== undefined) throw new Failure(problems.length === 1 ? only : { kind: 'aggregate', problems });
}

function printGeneric(view: View, selection: Selection): void {
  const { session, flags } = view.invocation;
  const ignored = flags.toggle('ignore-not-found');
  const visited = allInfos(selection);
  const problems = visited.problems.filter((problem) => !(ignored && isNotFound(problem)));
  if (problems.length > 0 && selection.singleItemImplied) failWith(flattened(problems));
  const { infos } = visited;
  if (infos.length === 0 && ignored) {
    failWith(flattened(problems));
    return;
  }
  const printer = getPrinter(session, flags);
  if (printer === undefined) throw new Error('a table is printed elsewhere');
  const [only] = infos;
  const single =
    selection.singleItemImplied && infos.length === 1 && only !== undefined ? objectOf(only) : undefined;
  const items = sortedItems(view, single === undefined ? infos.map(objectOf) : objectsAt(single, 'items'));
  const object: JsonObject =
    single !== undefined && !Array.isArray(single['items'])
      ? single
      : {
          apiVersion: 'v1',
          items: [...items],
          kind: 'List',
          metadata: {
            resourceVersion: single === undefined ? '' : textAt(single, 'metadata', 'resourceVersion'),
          },
        };
  const printed = attempt(() => printer.print(object));
  if (printed.ok) session.out(printed.value);
  else problems.push(printed.problem);
  failWith(flattened(problems));
}

function sortedItems(view: View, items: readonly JsonObject[]): readonly JsonObject[] {
  return view.sortBy === '' || items.length === 0 ? items : sortByPath(items, (item) => item, view.sortBy);
}

interface WatchPrinter {
  readonly print: (object: JsonObject, event: string | undefined) => string;
}

function watchPrinter(view: View, type: ResourceType): WatchPrinter {
  const { session, flags } = view.invocation;
  const generic = getPrinter(session, flags);
  if (generic === undefined) {
    const table = tablePrinter(view, type, view.query.allNamespaces === true, false);
    const writer = new TabWriter(TABLE_LAYOUT);
    return {
      print: (object, event) => {
        writer.write(table.print(object, event));
        return writer.flush();
      },
    };
  }
  const output = flags.text('output');
  let count = 0;
  return {
    print: (object, event) => {
      if (event === undefined) return generic.print(object);
      if (output === 'json') return `${goJson({ type: event, object }, { indent: 0, sortKeys: false })}\n`;
      if (output !== 'yaml') return generic.print(object);
      count += 1;
      return (count > 1 ? '---\n' : '') + goYaml({ object, type: event });
    },
  };
}

function* watch(view: View): Step {
  const { session, flags } = view.invocation;
  const selection = yield* select(session, view.query);
  const { infos, problems } = allInfos(selection);
  const [problem] = problems;
  if (problem !== undefined) {
    if (isNotFound(problem) && flags.toggle('ignore-not-found')) return undefined;
    throw new Failure(problem);
  }
  const [info] = infos;
  if (info === undefined) return fail(messageOf({ kind: 'plain', message: 'no objects to watch' }));
  const type = typeOf(info);
  if (infos.some((other) => typeOf(other) !== type))
    fail(
      'watch is only supported on individual resources and resource collections - more than 1 resource was found',
    );
  const isList = info.name === '';
  if (!isList && infos.length > 1) fail(`you may only watch a single resource or type of resource at a time`);
  const printer = watchPrinter(view, type);
  const withEvents = flags.toggle('output-watch-events');
  const quiet = flags.toggle('watch-only');
  if (!quiet) {
    for (const each of infos) {
      const object = objectOf(each);
      const parts = Array.isArray(object['items']) ? objectsAt(object, 'items') : [object];
      for (const part of parts) session.out(printer.print(part, withEvents ? 'ADDED' : undefined));
    }
  }
  yield* session.output.flush();
  const last = infos.at(-1) ?? info;
  const query: (readonly [string, string])[] = isList
    ? [...listParameters(view.query), ['resourceVersion', textAt(last.object, 'metadata', 'resourceVersion')]]
    : [
        ['fieldSelector', `metadata.name=${info.name}`],
        ['resourceVersion', '0'],
      ];
  const namespace = isList ? listNamespace(view.query, type) : info.namespace;
  session.endsOnInterrupt();
  const events = new Watch(session, resourcePath(type, namespace), query, view.query.accept);
  // A watch of one object begins with the object itself, which has been printed.
  let skip = !isList;
  try {
    for (;;) {
      const event = yield* events.next();
      if (event === undefined || event === 'timeout') return undefined;
      if (skip) {
        skip = false;
        continue;
      }
      session.out(printer.print(event.object, withEvents ? event.type : undefined));
    }
  } finally {
    events.close();
  }
}
