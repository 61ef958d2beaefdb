import { sha256 } from '@noble/hashes/sha2.js';
import type { RootContent } from 'mdast';
import type { Diagnostic, DiagnosticSink } from './diagnostic.ts';
import { sinkFor } from './diagnostic.ts';
import { translationSchema } from './front-matter.ts';
import { parseMarkdown, positionOf, visit } from './markdown.ts';
import { readYaml } from './yaml-source.ts';

/** `lab.ta.md`, `flat-network.pt-BR.md`: a translation stands beside what it translates. */
const TRANSLATION = /^(.+)\.([a-z]{2,3}(?:-[A-Z]{2})?)\.md$/;
/** What has an id that a translation must keep. A check's inside is the original's alone. */
const WITH_ID: readonly string[] = ['task', 'hint', 'question', 'check'];
const DIGEST_CHARS = 12;

export function isTranslation(path: string): boolean {
  return TRANSLATION.test(path);
}

/** Which translations no longer say what their original says. */
export function checkTranslations(files: ReadonlyMap<string, string>, diagnostics: Diagnostic[]): void {
  for (const [path, text] of files) {
    const stem = TRANSLATION.exec(path)?.[1];
    if (stem === undefined) continue;
    const sink = sinkFor(path, diagnostics);
    const original = files.get(`${stem}.md`);
    if (original === undefined)
      sink.report({
        code: 'PW0203',
        line: 1,
        column: 1,
        message: `There is no ${stem}.md that this could translate.`,
        remedy: 'Put a translation beside its original, with the locale before .md.',
      });
    else checkTranslation(text, original, sink);
  }
}

function checkTranslation(text: string, original: string, sink: DiagnosticSink): void {
  const document = parseMarkdown(text, sink);
  const digest = digestOf(original);
  if (document.frontMatter === undefined) {
    sink.report({
      code: 'PW0102',
      line: 1,
      column: 1,
      message: 'The front matter is missing.',
      remedy: `Begin with ---, title, summary and source: ${digest}, and another ---.`,
    });
    return;
  }
  const front = readYaml(document.frontMatter, translationSchema, 'PW0104', sink);
  if (front !== undefined && front.source !== digest)
    stale(
      sink,
      { line: 1, column: 1 },
      'The original has changed since this was translated.',
      `Bring it up to date, then write source: ${digest}.`,
    );
  const own = idsOf(document.content);
  const theirs = idsOf(parseMarkdown(original, { file: '', report: () => undefined }).content);
  for (const [key, at] of own) {
    if (theirs.has(key)) continue;
    sink.report({
      code: 'PW0203',
      ...at,
      message: `The original has no ${key}.`,
      remedy: 'A translation keeps the ids of its original and adds none.',
    });
  }
  const missing = [...theirs.keys()].filter((key) => !own.has(key));
  if (missing.length > 0)
    stale(
      sink,
      { line: 1, column: 1 },
      `Not translated: ${missing.join(', ')}.`,
      'Add them, with the ids of the original.',
    );
}

function stale(
  sink: DiagnosticSink,
  at: { readonly line: number; readonly column: number },
  message: string,
  remedy: string,
): void {
  sink.report({ code: 'PW0504', severity: 'warning', ...at, message, remedy });
}

function idsOf(
  nodes: readonly RootContent[],
): ReadonlyMap<string, { readonly line: number; readonly column: number }> {
  const found = new Map<string, { line: number; column: number }>();
  visit(nodes, (node) => {
    if (node.type !== 'containerDirective' || !WITH_ID.includes(node.name)) return;
    found.set(`${node.name} "${node.attributes?.['id'] ?? ''}"`, positionOf(node));
  });
  return found;
}

function digestOf(text: string): string {
  const bytes = sha256(new TextEncoder().encode(text));
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  // With a word before it, YAML never reads it as a number.
  return `sha256-${hex.slice(0, DIGEST_CHARS)}`;
}
