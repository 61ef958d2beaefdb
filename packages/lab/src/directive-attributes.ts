import type { RootContent } from 'mdast';
import type { DiagnosticSink } from './diagnostic.ts';
import { isNear } from './schema-words.ts';

/** What may stand between the braces of each directive. */
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  task: ['id', 'title', 'needs'],
  hint: ['id', 'cost', 'title'],
  question: ['id', 'kind'],
  check: ['id', 'title'],
  quiz: ['id', 'kind'],
  solution: ['title'],
  conclusion: [],
  note: ['title'],
  warning: ['title'],
  packet: ['from', 'to', 'port', 'protocol', 'lab'],
  diagram: ['namespace', 'select', 'lab'],
  run: ['in'],
  file: ['line'],
};

/** An attribute that nothing reads is one that was meant to do something. */
export function checkAttributes(node: RootContent, sink: DiagnosticSink): void {
  if (node.type !== 'containerDirective' && node.type !== 'leafDirective' && node.type !== 'textDirective')
    return;
  const known = Object.hasOwn(ATTRIBUTES, node.name) ? ATTRIBUTES[node.name] : undefined;
  if (known === undefined) return;
  for (const name of Object.keys(node.attributes ?? {})) {
    if (known.includes(name)) continue;
    const meant = known.find((each) => isNear(each, name));
    sink.report({
      code: 'PW0211',
      line: node.position?.start.line ?? 1,
      column: node.position?.start.column ?? 1,
      message: `A ${node.name} has no "${name}".`,
      remedy:
        meant !== undefined
          ? `Write ${meant}=….`
          : known.length === 0
            ? 'Leave it out; there is nothing to write there.'
            : `It may have ${known.join(', ')}.`,
    });
  }
}
