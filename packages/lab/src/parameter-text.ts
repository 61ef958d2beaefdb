import type { RootContent } from 'mdast';
import { isScalar, visit } from 'yaml';
import type { Document } from 'yaml';
import type { Diagnostic } from './diagnostic.ts';
import { sinkFor } from './diagnostic.ts';
import { fill, placeholdersOf } from './parameters.ts';
import type { Parameters, ParameterValues } from './parameters.ts';

/** Private-use characters around a value in YAML that is still to be parsed: they mean nothing in its syntax. */
const [VALUE_START, VALUE_END] = ['\uE000', '\uE001'];
/** Keys of checks whose values are regular expressions. */
const PATTERN_KEYS: readonly unknown[] = ['pattern', 'matches', 'bodyMatches'];
const MARKED = new RegExp(`${VALUE_START}([^${VALUE_START}${VALUE_END}]*)${VALUE_END}`, 'g');

/** Puts values into YAML so that `resolveMarks` can put them into what the YAML says, escaped where that is needed. */
export function markYaml(text: string, values: ParameterValues): string {
  return fill(text, (name) =>
    Object.hasOwn(values, name) ? `${VALUE_START}${values[name] ?? ''}${VALUE_END}` : undefined,
  );
}

/**
 * Replaces marked values within a parsed document. An unquoted number is a number, as YAML itself would have it; in a
 * regular expression a value stands for its own characters.
 */
export function resolveMarks(document: Document, text: string): void {
  if (!text.includes(VALUE_START)) return;
  visit(document, {
    Scalar: (key, node, path) => {
      if (typeof node.value !== 'string' || !node.value.includes(VALUE_START)) return;
      const pair = path.at(-1);
      const inPattern =
        key === 'value' &&
        typeof pair === 'object' &&
        'key' in pair &&
        isScalar(pair.key) &&
        PATTERN_KEYS.includes(pair.key.value);
      const resolved = node.value.replaceAll(MARKED, (_whole, value: string) =>
        inPattern ? value.replaceAll(/[.\\/^$*+?()[\]{}|]/g, String.raw`\$&`) : value,
      );
      node.value =
        node.type === 'PLAIN' && /^(?:0|[1-9]\d{0,14})$/.test(resolved) ? Number(resolved) : resolved;
    },
  });
}

/** The same nodes with values in their texts. What a value holds is never read as markdown. */
export function fillNodes<Node extends RootContent>(
  nodes: readonly Node[],
  fillIn: (text: string) => string,
): Node[] {
  return nodes.map((node) => fillNode(node, fillIn));
}

function fillNode<Node extends RootContent>(node: Node, fillIn: (text: string) => string): Node {
  const filled: Record<string, unknown> = { ...node };
  for (const key of ['value', 'url', 'alt', 'title'] as const) {
    const text = filled[key];
    if (typeof text === 'string') filled[key] = fillIn(text);
  }
  const { attributes } = filled;
  if (typeof attributes === 'object' && attributes !== null)
    filled['attributes'] = Object.fromEntries(
      Object.entries(attributes).map(([name, text]: [string, unknown]) => [
        name,
        typeof text === 'string' ? fillIn(text) : text,
      ]),
    );
  if ('children' in node) filled['children'] = fillNodes<RootContent>(node.children, fillIn);
  return filled as unknown as Node;
}

/** The same nodes; the YAML blocks of checks hold marked values. */
export function markChecks(nodes: readonly RootContent[], values: ParameterValues): RootContent[] {
  return nodes.map((node) => {
    if (!('children' in node)) return node;
    const inCheck = node.type === 'containerDirective' && node.name === 'check';
    const children = inCheck
      ? node.children.map((child) =>
          child.type === 'code' ? { ...child, value: markYaml(child.value, values) } : child,
        )
      : markChecks(node.children, values);
    return { ...node, children } as RootContent;
  });
}

/** Placeholders that nothing defines, and parameters that nothing uses. Paths are relative to the lab's folder. */
export function checkParameters(
  folder: string,
  files: ReadonlyMap<string, string>,
  parameters: Parameters,
  placeOfName: (name: string) => { readonly line: number; readonly column: number },
  diagnostics: Diagnostic[],
): void {
  const used = new Set<string>();
  for (const [path, text] of files) {
    for (const { name, start } of placeholdersOf(text)) {
      used.add(name);
      if (Object.hasOwn(parameters, name)) continue;
      // Other template languages use the same braces; there they are only odd.
      const severity = path.endsWith('.md') || path.startsWith('setup/') ? 'error' : 'warning';
      reportUndefined(`${folder}/${path}`, text, start, name, Object.keys(parameters), severity, diagnostics);
    }
  }
  for (const name of Object.keys(parameters)) {
    if (used.has(name)) continue;
    sinkFor(`${folder}/lab.md`, diagnostics).report({
      code: 'PW0210',
      severity: 'warning',
      ...placeOfName(name),
      message: `Nothing uses the parameter "${name}".`,
      remedy: `Write {{${name}}} where its value belongs, or take it out.`,
    });
  }
}

export function reportUndefined(
  file: string,
  text: string,
  offset: number,
  name: string,
  known: readonly string[],
  severity: Diagnostic['severity'],
  diagnostics: Diagnostic[],
): void {
  const before = text.slice(0, offset).split('\n');
  sinkFor(file, diagnostics).report({
    code: 'PW0209',
    severity,
    line: before.length,
    column: (before.at(-1) ?? '').length + 1,
    message: `No parameter is called "${name}".`,
    remedy:
      known.length === 0
        ? 'Define it under parameters: in the front matter of the lab.'
        : `The parameters are: ${known.join(', ')}.`,
  });
}
