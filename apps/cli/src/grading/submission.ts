import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Answers } from '@podwire/grader';
import { parseAllDocuments, parseDocument } from 'yaml';

/** What one submission may hold: far more than any lab asks for. */
const MAX_FILES = 100;
const MAX_TOTAL_BYTES = 1_024 * 1_024;
const MAX_DOCUMENTS = 200;
const MAX_DEPTH = 5;
const MAX_ALIASES = 50;
const ANSWERS = /^answers\.(ya?ml|json)$/;
const MANIFEST = /\.(ya?ml|json)$/;

export interface Submission {
  /** Name of the file or folder. */
  readonly id: string;
  /** Changes when anything in it changes. */
  readonly digest: string;
  readonly content: SubmissionContent;
}

export type SubmissionContent =
  | { readonly kind: 'readable'; readonly manifests: readonly string[]; readonly answers: Answers }
  /** Costs the learner no attempt. */
  | { readonly kind: 'unreadable'; readonly message: string };

/** Names of the submissions in a folder: each file or folder in it is one. */
export function submissionsIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .sort();
}

/** Reads one submission. Never throws: what can't be read is a verdict of its own. */
export function readSubmission(folder: string, id: string): Submission {
  const digest = createHash('sha256');
  try {
    const files = filesOf(path.join(folder, id), 0);
    let total = 0;
    const manifests: string[] = [];
    let answers: Answers = {};
    for (const file of files) {
      const bytes = readFileSync(file);
      total += bytes.length;
      digest.update(`${path.relative(folder, file)}\0`).update(bytes);
      if (total > MAX_TOTAL_BYTES) throw new Unreadable(`It is larger than ${MAX_TOTAL_BYTES} bytes.`);
      const name = path.basename(file);
      if (ANSWERS.test(name)) answers = readAnswers(name, textOf(name, bytes));
      else if (MANIFEST.test(name)) manifests.push(checked(name, textOf(name, bytes)));
    }
    if (files.length === 0) throw new Unreadable('It is empty.');
    if (manifests.length === 0 && Object.keys(answers).length === 0)
      throw new Unreadable('It holds neither manifests (.yaml, .json) nor answers.yaml.');
    return { id, digest: digest.digest('hex'), content: { kind: 'readable', manifests, answers } };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { id, digest: digest.digest('hex'), content: { kind: 'unreadable', message } };
  }
}

class Unreadable extends Error {}

/** In order of name. Symbolic links are followed by nobody: they could lead anywhere on the grader's disk. */
function filesOf(place: string, depth: number): readonly string[] {
  const info = lstatSync(place);
  const name = path.basename(place);
  if (info.isSymbolicLink()) throw new Unreadable(`${name} is a symbolic link.`);
  if (info.isFile()) {
    if (info.size > MAX_TOTAL_BYTES) throw new Unreadable(`${name} is larger than ${MAX_TOTAL_BYTES} bytes.`);
    if (/\.(zip|tar|tgz|gz|7z|rar)$/.test(name))
      throw new Unreadable(`${name} is an archive: unpack it first.`);
    return [place];
  }
  if (!info.isDirectory()) throw new Unreadable(`${name} is neither a file nor a folder.`);
  if (depth >= MAX_DEPTH) throw new Unreadable(`Its folders are nested deeper than ${MAX_DEPTH}.`);
  const files: string[] = [];
  for (const entry of readdirSync(place).sort()) {
    if (entry.startsWith('.')) continue;
    files.push(...filesOf(path.join(place, entry), depth + 1));
    if (files.length > MAX_FILES) throw new Unreadable(`It holds more than ${MAX_FILES} files.`);
  }
  return files;
}

function textOf(name: string, bytes: Buffer): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // Falls through to the one message for both.
  }
  throw new Unreadable(`${name} is no text.`);
}

function checked(name: string, text: string): string {
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents)) return '';
  if (documents.length > MAX_DOCUMENTS)
    throw new Unreadable(`${name} holds more than ${MAX_DOCUMENTS} documents.`);
  for (const document of documents) {
    const [error] = document.errors;
    if (error !== undefined) throw new Unreadable(`${name} is no YAML: ${error.message}`);
    try {
      document.toJS({ maxAliasCount: MAX_ALIASES });
    } catch {
      throw new Unreadable(`${name} uses too many aliases.`);
    }
  }
  return text;
}

function readAnswers(name: string, text: string): Answers {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) throw new Unreadable(`${name} is no YAML: ${error.message}`);
  const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Unreadable(`${name} is no map of questions to answers.`);
  return Object.fromEntries(
    Object.entries(value).map(([question, answer]: [string, unknown]) => [
      question,
      Array.isArray(answer) ? answer.map(String) : String(answer),
    ]),
  );
}
