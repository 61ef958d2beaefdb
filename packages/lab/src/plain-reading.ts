import type { RootContent } from 'mdast';
import type { DiagnosticSink } from './diagnostic.ts';

const DIRECTIVE = /^:{2,}(?:[a-z]|$)/;
const CODE_FENCE = /^(`{3,}|~{3,})/;

/**
 * Readers of markdown that know no directives, GitHub's among them, take a directive's line for prose: with text above
 * or below it, both become one paragraph, and with a list above it the last item goes on. Blank lines keep them apart.
 */
export function checkFences(text: string, sink: DiagnosticSink): void {
  const lines = text.split('\n').map((line) => line.trimEnd());
  let fence: string | undefined;
  let afterCode = false;
  let last = '';
  for (const [index, line] of lines.entries()) {
    const marks = CODE_FENCE.exec(line)?.[1];
    if (fence !== undefined) {
      if (marks?.startsWith(fence) === true && line === marks) {
        fence = undefined;
        afterCode = true;
      }
      continue;
    }
    const apart = index === 0 || last === '' || line === '' || afterCode || marks !== undefined;
    if (!apart && (DIRECTIVE.test(line) || DIRECTIVE.test(last)) && last !== '---') {
      const [directive, at] = DIRECTIVE.test(line) ? [line, index] : [last, index - 1];
      sink.report({
        code: 'PW0212',
        severity: 'warning',
        line: at + 1,
        column: 1,
        message: `"${shortened(directive)}" and the line ${at === index ? 'above' : 'below'} it are one paragraph to GitHub, and to whoever reads the file as plain markdown.`,
        remedy: 'Leave a blank line between them.',
      });
    }
    fence = marks;
    afterCode = false;
    last = line;
  }
}

const SHOWN_CHARS = 40;

function shortened(line: string): string {
  return line.length > SHOWN_CHARS ? `${line.slice(0, SHOWN_CHARS)}…` : line;
}

/**
 * A directive that is never closed takes in all that follows, and colons that close nothing are text: mostly the two go
 * together, where a directive stands in another of as many colons.
 */
export function checkClosed(node: RootContent, lines: readonly string[], sink: DiagnosticSink): void {
  const { start, end } = node.position ?? {};
  if (start === undefined || end === undefined) return;
  const at = { line: start.line, column: start.column };
  if (
    node.type === 'paragraph' &&
    start.line === end.line &&
    /^:{3,}$/.test((lines[start.line - 1] ?? '').trim())
  )
    sink.report({
      code: 'PW0213',
      ...at,
      message: 'These colons close nothing: the directive before them is closed already.',
      remedy: 'Give a directive that has others in it more colons than they have: ::::task around :::check.',
    });
  if (node.type !== 'containerDirective') return;
  const opening = /^:{3,}/.exec((lines[start.line - 1] ?? '').slice(start.column - 1))?.[0] ?? ':::';
  // Where nothing closes it, it ends before the first character of the line that closes what it stands in.
  const last = (lines[end.line - 1] ?? '').slice(0, end.column - 1).trim();
  if (end.line > start.line && /^:{3,}$/.test(last) && last.length >= opening.length) return;
  sink.report({
    code: 'PW0213',
    ...at,
    message: `"${opening}${node.name}" is never closed, and takes in all that follows it.`,
    remedy: `End it with a line of ${opening} of its own; what it stands in has more colons.`,
  });
}
