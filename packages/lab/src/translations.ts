import { sha256 } from '@noble/hashes/sha2.js';
import type { RootContent } from 'mdast';
import { parse } from 'yaml';
import type { z } from 'zod';
import type { Diagnostic, DiagnosticSink } from './diagnostic.ts';
import { quietSink, sinkFor } from './diagnostic.ts';
import { translationSchema } from './front-matter.ts';
import { parseMarkdown, positionOf } from './markdown.ts';
import { readOptions } from './question.ts';
import { placeOfField, readYaml } from './yaml-source.ts';

/** `lab.ta.md`, `flat-network.pt-BR.md`: a translation stands beside what it translates. */
const TRANSLATION = /^(.+)\.([a-z]{2,3}(?:-[A-Z]{2})?)\.md$/;
/** What has an id that a translation must keep. A check's inside is the original's alone. */
const WITH_ID: readonly string[] = ['task', 'hint', 'question', 'check', 'quiz'];
const DIGEST_CHARS = 12;
const DIGEST = /^sha256-[0-9a-f]{12}$/;

export function isTranslation(path: string): boolean {
  return TRANSLATION.test(path);
}

/** A translation that could be read. */
interface ReadTranslation {
  readonly locale: string;
  readonly front: z.infer<typeof translationSchema>;
  readonly content: readonly RootContent[];
}

/** The translations of one file, `lab.md` say, among these; and which of them no longer say what it says. */
export function translationsOf(
  name: string,
  original: string,
  files: ReadonlyMap<string, string>,
  fileOf: (path: string) => string,
  diagnostics: Diagnostic[],
): readonly ReadTranslation[] {
  const stem = name.slice(0, -'.md'.length);
  return [...files].flatMap(([path, text]) => {
    const [, of, locale] = TRANSLATION.exec(path) ?? [];
    if (of !== stem || locale === undefined) return [];
    const read = checkTranslation(text, original, sinkFor(fileOf(path), diagnostics));
    return read === undefined ? [] : [{ locale, ...read }];
  });
}

/** Translations of nothing. */
export function checkTranslations(files: ReadonlyMap<string, string>, diagnostics: Diagnostic[]): void {
  for (const path of files.keys()) {
    const stem = TRANSLATION.exec(path)?.[1];
    if (stem === undefined || files.has(`${stem}.md`)) continue;
    sinkFor(path, diagnostics).report({
      code: 'PW0203',
      line: 1,
      column: 1,
      message: `There is no ${stem}.md that this could translate.`,
      remedy: 'Put a translation beside its original, with the locale before .md.',
    });
  }
}

function checkTranslation(
  text: string,
  original: string,
  sink: DiagnosticSink,
): Omit<ReadTranslation, 'locale'> | undefined {
  const document = parseMarkdown(text, sink);
  const source = parseMarkdown(original, quietSink());
  const digest = digestOf(original, source.frontMatter?.text);
  if (document.frontMatter === undefined) {
    sink.report({
      code: 'PW0102',
      line: 1,
      column: 1,
      message: 'The front matter is missing.',
      remedy: `Begin with ---, title, summary and source: ${digest}, and another ---.`,
    });
    return undefined;
  }
  const front = readYaml(document.frontMatter, translationSchema, 'PW0104', sink);
  if (front !== undefined && front.source !== digest)
    stale(
      sink,
      placeOfField(document.frontMatter, 'source'),
      DIGEST.test(front.source)
        ? 'The original has changed since this was translated.'
        : 'This does not say from which state of the original it was made.',
      `Bring it up to date, then write source: ${digest}.`,
    );
  const own = idsOf(document.content);
  const theirs = idsOf(source.content);
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
  return front === undefined ? undefined : { front, content: document.content };
}

function stale(
  sink: DiagnosticSink,
  at: { readonly line: number; readonly column: number },
  message: string,
  remedy: string,
): void {
  sink.report({ code: 'PW0504', severity: 'warning', ...at, message, remedy });
}

type Places = Map<string, { line: number; column: number }>;

/** By what they are called in diagnostics. What stands in a task is named with it. */
function idsOf(nodes: readonly RootContent[], within = '', found: Places = new Map()): Places {
  for (const node of nodes) {
    if (!('children' in node)) continue;
    let inside = within;
    if (node.type === 'containerDirective' && WITH_ID.includes(node.name)) {
      const id = node.attributes?.['id'] ?? '';
      found.set(`${node.name} "${id}"${within}`, positionOf(node));
      if (node.name === 'task') inside = ` of task "${id}"`;
      if (node.name === 'question' || node.name === 'quiz')
        for (const { id: option } of readOptions(node).options)
          found.set(`option "${option}" of ${node.name} "${id}"${within}`, positionOf(node));
    }
    idsOf(node.children, inside, found);
  }
  return found;
}

/** Of what a translator reads: the body, and the texts of the front matter. How many nodes a lab has ages no translation. */
function digestOf(original: string, frontMatter: string | undefined): string {
  const lines = original.split('\n');
  const body = lines.slice(frontMatter === undefined ? 0 : frontMatter.split('\n').length + 2);
  const read = JSON.stringify([textsOf(frontMatter ?? ''), body.join('\n')]);
  const bytes = sha256(new TextEncoder().encode(read));
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  // With a word before it, YAML never reads it as a number.
  return `sha256-${hex.slice(0, DIGEST_CHARS)}`;
}

/** Those fields of front matter that are translated. One that can't be read has been reported. */
function textsOf(frontMatter: string): unknown {
  try {
    const read = parse(frontMatter) as Readonly<Record<string, unknown>> | null;
    return [read?.['title'], read?.['summary'], read?.['objectives']];
  } catch {
    return [];
  }
}
