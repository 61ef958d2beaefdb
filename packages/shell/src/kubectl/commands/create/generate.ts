import { splitApiVersion } from '../../api/discovery.ts';
import type { Invocation } from '../../command/command.ts';
import type { Step } from '../../command/step.ts';
import { usageFailure } from '../../command/run.ts';
import { Failure, fail, messageOf } from '../../failure.ts';
import { operationFor, outputPrinter } from '../../printers/printer.ts';
import { textAt } from '../../values/json.ts';
import type { JsonObject } from '../../values/json.ts';
import { dryRunOf, validationOf, writeParameters } from '../dry-run.ts';
import { withLastApplied } from '../last-applied.ts';

/** What a generator makes of the command line: an object whose fields stand in the order of its Go type. */
export interface Generator {
  readonly resource: string;
  readonly namespaced: boolean;
  /** Wraps a refusal of the server: `failed to create deployment: …`. */
  readonly failure?: string;
  /** Checks the flags and makes the object. */
  readonly build: (request: GeneratorRequest) => JsonObject;
}

export interface GeneratorRequest {
  readonly invocation: Invocation;
  readonly name: string;
  /** Words behind the name, or behind `--`. */
  readonly command: readonly string[];
  /** Metadata with the name, and the namespace when the user gave one. */
  readonly metadata: JsonObject;
}

/** The one name that a `create` subcommand takes. */
export function nameArgument({ args, argsBeforeDash, commandPath }: Invocation): string {
  const count = argsBeforeDash < 0 ? args.length : argsBeforeDash;
  if (count !== 1) throw usageFailure(commandPath, `exactly one NAME is required, got ${count}`);
  return args[0] ?? '';
}

export function* generate(invocation: Invocation, generator: Generator): Step {
  const { session, flags, args } = invocation;
  const name = nameArgument(invocation);
  const config = session.clientConfig();
  const dryRun = dryRunOf(session, flags);
  const printer = outputPrinter(session, flags, { operation: operationFor('created', dryRun), typed: true });
  const validation = validationOf(flags);
  if (name === '') fail('name must be specified');
  const metadata: JsonObject = {
    name,
    ...(generator.namespaced && config.namespaceIsExplicit ? { namespace: config.namespace } : {}),
  };
  let object = generator.build({ invocation, name, command: args.slice(1), metadata });
  if (flags.toggleIfAny('save-config')) object = withLastApplied(object, 'typed');
  if (dryRun === 'client') {
    session.out(printer.print(object));
    return undefined;
  }
  const { group, version } = splitApiVersion(textAt(object, 'apiVersion'));
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const path = generator.namespaced
    ? `${root}/namespaces/${config.namespace}/${generator.resource}`
    : `${root}/${generator.resource}`;
  const reply = session.api().send('POST', path, {
    body: object,
    query: writeParameters({ dryRun, fieldManager: flags.textIfAny('field-manager'), validation }),
  });
  if (!reply.ok) {
    if (generator.failure === undefined || reply.problem.kind === 'connection')
      throw new Failure(reply.problem);
    fail(`${generator.failure} ${messageOf(reply.problem)}`);
  } else {
    const created =
      textAt(reply.object, 'kind') === ''
        ? { kind: textAt(object, 'kind'), apiVersion: textAt(object, 'apiVersion'), ...reply.object }
        : reply.object;
    session.out(printer.print(created));
  }
  return undefined;
}

/** Leaves out members that are undefined, so that objects read like Go's with omitempty. */
export function compact(fields: Readonly<Record<string, JsonObject[string] | undefined>>): JsonObject {
  const object: JsonObject = {};
  for (const [key, value] of Object.entries(fields)) if (value !== undefined) object[key] = value;
  return object;
}

export function metadataWith(
  metadata: JsonObject,
  extra: Readonly<Record<string, JsonObject[string] | undefined>>,
): JsonObject {
  return compact({ ...metadata, ...extra });
}
