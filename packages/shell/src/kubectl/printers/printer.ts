import { groupKindName, splitApiVersion } from '../api/discovery.ts';
import type { FlagValues } from '../command/flag-values.ts';
import { Failure, fail } from '../failure.ts';
import type { Session } from '../session.ts';
import { errnoText } from '../values/errno-text.ts';
import { goQuote, goSprint, goSyntax } from '../values/go-text.ts';
import { goJson, isObject, objectsAt, textAt } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';
import {
  CustomColumnsError,
  CustomColumnsPrinter,
  columnsFromFile,
  columnsFromSpec,
} from './custom-columns.ts';
import { parseTemplate } from './go-template/parse.ts';
import { runTemplate } from './go-template/run.ts';
import { JsonPath, describeFailure, resultsJson, resultsText } from './json-path.ts';
import { goYaml } from './yaml.ts';

/** Writes one object after the other in a chosen format. Remembers what it has printed. */
export interface Printer {
  readonly print: (object: JsonObject) => string;
}

const JSON_YAML = ['json', 'yaml'];
const NAME = ['name'];
const TEMPLATES = [
  'go-template',
  'go-template-file',
  'template',
  'templatefile',
  'jsonpath',
  'jsonpath-as-json',
  'jsonpath-file',
];
const COLUMNS = ['custom-columns', 'custom-columns-file'];

function withoutManagedFields(object: JsonObject): JsonObject {
  if (Array.isArray(object['items']))
    return { ...object, items: objectsAt(object, 'items').map(withoutManagedFields) };
  const { metadata } = object;
  if (!isObject(metadata) || metadata['managedFields'] === undefined) return object;
  const { managedFields: _, ...rest } = metadata;
  return { ...object, metadata: rest };
}

/** `pod/web created`: what most commands print by default. */
export function namePrinter(operation: string): Printer {
  const print = (object: JsonObject): string => {
    if (Array.isArray(object['items'])) return objectsAt(object, 'items').map(print).join('');
    const { group } = splitApiVersion(textAt(object, 'apiVersion'));
    const kind = textAt(object, 'kind');
    const name = textAt(object, 'metadata', 'name') || '<unknown>';
    return `${groupKindName(kind === '' ? '<unknown>' : kind, group)}/${name}${operation === '' ? '' : ` ${operation}`}\n`;
  };
  return { print };
}

function yamlPrinter(keepManagedFields: boolean): Printer {
  let count = 0;
  return {
    print: (object) => {
      count += 1;
      return (count > 1 ? '---\n' : '') + goYaml(keepManagedFields ? object : withoutManagedFields(object));
    },
  };
}

function jsonPrinter(keepManagedFields: boolean, typed: boolean): Printer {
  return {
    print: (object) =>
      `${goJson(keepManagedFields ? object : withoutManagedFields(object), { indent: 4, sortKeys: !typed })}\n`,
  };
}

/** `jsonpath={.a}` is a format and its template; `--template` gives it apart. */
function splitFormat(
  format: string,
  template: string,
  formats: readonly string[],
): { readonly name: string; readonly template: string } | undefined {
  if (template !== '') return formats.includes(format) ? { name: format, template } : undefined;
  const found = formats.find((name) => format.startsWith(`${name}=`));
  if (found !== undefined) return { name: found, template: format.slice(found.length + 1) };
  return formats.includes(format) ? { name: format, template: '' } : undefined;
}

function readTemplate(session: Session, path: string): string {
  const read = session.process.fs.readFile(session.path(path));
  return read.ok
    ? new TextDecoder().decode(read.value)
    : fail(`error reading --template ${path}, open ${path}: ${errnoText(read.errno)}\n`);
}

function templatePrinter(session: Session, flags: FlagValues, format: string): Printer | undefined {
  const argument = flags.textIfAny('template');
  const split = splitFormat(format, argument, TEMPLATES);
  if (split === undefined) return undefined;
  if (split.template === '') return fail('template format specified but no template given');
  const allowMissing =
    !flags.has('allow-missing-template-keys') || flags.toggle('allow-missing-template-keys');
  const isFile = split.name.endsWith('file');
  const template = isFile ? readTemplate(session, split.template) : split.template;
  return split.name.startsWith('jsonpath')
    ? jsonPathPrinter(template, split.name === 'jsonpath-as-json', allowMissing)
    : goTemplatePrinter(template, allowMissing, session);
}

function jsonPathPrinter(template: string, asJson: boolean, allowMissing: boolean): Printer {
  const parsed = JsonPath.parse(template, { allowMissing });
  if (!parsed.ok) return fail(`error parsing jsonpath ${template}, ${parsed.message}`);
  return {
    print: (object) => {
      const found = parsed.path.find(object);
      if (!found.ok) return fail(describeFailure(template, found.message, goSyntax(object)));
      return found.results.map(asJson ? resultsJson : resultsText).join('');
    },
  };
}

function goTemplatePrinter(template: string, allowMissing: boolean, session: Session): Printer {
  const parsed = parseTemplate(template);
  if (!parsed.ok) return fail(`error parsing template ${template}, ${parsed.message}\n`);
  return {
    print: (object) => {
      const run = runTemplate(template, parsed.nodes, object, { allowMissing });
      if (run.ok) return run.text;
      session.out(
        `${run.text}Error executing template: ${run.message}. Printing more information for debugging the template:\n` +
          `\ttemplate was:\n\t\t${template}\n\traw data was:\n\t\t${goJson(object)}\n\tobject given to template engine was:\n\t\t${goSprint(object)}\n\n`,
      );
      return fail(`error executing template ${goQuote(template)}: ${run.message}`);
    },
  };
}

function customColumnsPrinter(session: Session, flags: FlagValues, format: string): Printer | undefined {
  const split = splitFormat(format, flags.textIfAny('template'), COLUMNS);
  if (split === undefined) return undefined;
  if (split.template === '') return fail('custom-columns format specified but no custom columns given');
  const noHeaders = flags.toggleIfAny('no-headers');
  let columns;
  if (split.name === 'custom-columns-file') {
    const read = session.process.fs.readFile(session.path(split.template));
    if (!read.ok)
      return fail(
        `error reading template ${split.template}, open ${split.template}: ${errnoText(read.errno)}\n`,
      );
    columns = columnsFromFile(new TextDecoder().decode(read.value));
  } else {
    columns = columnsFromSpec(split.template);
  }
  if (!columns.ok) return fail(columns.message);
  const printer = new CustomColumnsPrinter(columns.columns, noHeaders && split.name === 'custom-columns');
  return {
    print: (object) => {
      try {
        return printer.print(object);
      } catch (error) {
        if (error instanceof CustomColumnsError) return fail(error.message);
        throw error;
      }
    },
  };
}

function noPrinter(format: string, allowed: readonly string[]): never {
  throw new Failure({
    kind: 'plain',
    message: `unable to match a printer suitable for the output format ${goQuote(format)}, allowed formats are: ${[...allowed].sort().join(',')}`,
  });
}

export interface PrinterOptions {
  /** The word behind the name when no format was chosen: `created`. */
  readonly operation: string;
  /** The format when the user chose none. */
  readonly fallback?: string;
  /** The object is of a Go type: JSON keeps the order of its fields. */
  readonly typed?: boolean;
}

/** The printer that `-o`, `--template` and their kin choose, for commands that change things. */
export function outputPrinter(session: Session, flags: FlagValues, options: PrinterOptions): Printer {
  let format = flags.text('output');
  if (format === '' && flags.textIfAny('template') !== '' && !flags.changed('output')) format = 'go-template';
  if (format === '') format = options.fallback ?? '';
  const keep = flags.toggleIfAny('show-managed-fields');
  if (format === 'json') return jsonPrinter(keep, options.typed === true);
  if (format === 'yaml') return yamlPrinter(keep);
  if (format === '') return namePrinter(options.operation);
  if (format === 'name') return namePrinter('');
  return templatePrinter(session, flags, format) ?? noPrinter(format, [...JSON_YAML, ...NAME, ...TEMPLATES]);
}

/** The printer of `get` for everything but tables, which are undefined. */
export function getPrinter(session: Session, flags: FlagValues): Printer | undefined {
  let format = flags.text('output');
  if (format === '' && flags.text('template') !== '') format = 'go-template';
  const template = templatePrinter(session, flags, format);
  if (template !== undefined) return template;
  const keep = flags.toggle('show-managed-fields');
  if (format === 'json') return jsonPrinter(keep, false);
  if (format === 'yaml') return yamlPrinter(keep);
  if (format === '' || format === 'wide') return undefined;
  const columns = customColumnsPrinter(session, flags, format);
  if (columns !== undefined) return columns;
  return format === 'name'
    ? namePrinter('')
    : noPrinter(format, [...JSON_YAML, ...NAME, ...TEMPLATES, ...COLUMNS, 'wide']);
}

/** How a dry run changes the word that success messages use. */
export function operationFor(operation: string, dryRun: 'none' | 'client' | 'server'): string {
  if (dryRun === 'none') return operation;
  return dryRun === 'client' ? `${operation} (dry run)` : `${operation} (server dry run)`;
}
