import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Answers } from '@podwire/grader';
import { readManifestFiles } from '@podwire/grader';
import { parseDocument } from 'yaml';
import { isArchive, readArchive } from './archive.ts';
import { kustomizationOf } from './kustomization.ts';

/** What one submission may hold: far more than any lab asks for. */
const MAX_FILES = 100;
const MAX_TOTAL_BYTES = 1_024 * 1_024;
const MAX_DEPTH = 5;
const MAX_ALIASES = 50;
/** Of what the parser says, for a message that is read. */
const MAX_MISTAKE_CHARS = 200;
const ANSWERS = /^answers\.(ya?ml|json)$/;
const MANIFEST = /\.(ya?ml|json)$/;

export interface Submission {
  /** Name of the file or folder. */
  readonly id: string;
  /** Changes when anything in it changes. */
  readonly digest: string;
  readonly content: SubmissionContent;
}

export interface SubmittedText {
  readonly path: string;
  readonly text: string;
}

export type SubmissionContent =
  | {
      readonly kind: 'readable';
      /** To be applied in their order; none where a kustomization is built. */
      readonly manifests: readonly SubmittedText[];
      /** Every text of it, as it lies in the learner's home folder. */
      readonly files: readonly SubmittedText[];
      /** The folder of the kustomization that the submission is; its own is empty. */
      readonly kustomization?: string;
      readonly answers: Answers;
    }
  /** Costs the learner no attempt. */
  | { readonly kind: 'unreadable'; readonly message: string };

/** Names of the submissions in a folder: each file or folder in it is one. */
export function submissionsIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .sort();
}

/** Packed archives may be this large: a larger one holds more than a submission may. */
const MAX_ARCHIVE_BYTES = 16 * 1_024 * 1_024;

/** Reads one submission: a file, a folder, or an archive. Never throws: what can't be read is a verdict of its own. */
export async function readSubmission(folder: string, id: string): Promise<Submission> {
  const digest = createHash('sha256');
  try {
    const place = path.join(folder, id);
    const files = isArchive(id) ? await archived(place, id) : onDisk(place);
    let total = 0;
    const texts: SubmittedText[] = [];
    let answers: Answers = {};
    for (const { path: name, bytes } of files) {
      total += bytes.length;
      digest.update(`${name}\0`).update(bytes);
      if (total > MAX_TOTAL_BYTES) throw new Unreadable(`It is larger than ${MAX_TOTAL_BYTES} bytes.`);
      if (ANSWERS.test(path.basename(name))) answers = readAnswers(name, textOf(name, bytes));
      else if (MANIFEST.test(name)) texts.push({ path: name, text: textOf(name, bytes) });
      else texts.push(...textIfAny(name, bytes));
    }
    if (files.length === 0) throw new Unreadable('It is empty.');
    const content = contentOf(texts, answers);
    return { id, digest: digest.digest('hex'), content };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { id, digest: digest.digest('hex'), content: { kind: 'unreadable', message } };
  }
}

function contentOf(files: readonly SubmittedText[], answers: Answers): SubmissionContent {
  const kustomization = kustomizationOf(files);
  if (kustomization.kind === 'several')
    throw new Unreadable(
      `It holds several kustomizations that none of the others builds on: ${kustomization.folders.join(', ')}. Put a kustomization.yaml at its top that names the one that counts.`,
    );
  if (kustomization.kind === 'one')
    return { kind: 'readable', manifests: [], files, kustomization: kustomization.folder, answers };
  const manifests = files.filter(({ path: name }) => MANIFEST.test(name));
  if (manifests.length === 0 && Object.keys(answers).length === 0)
    throw new Unreadable('It holds neither manifests (.yaml, .json) nor answers.yaml.');
  const read = readManifestFiles(manifests);
  if (!read.ok) throw new Unreadable(read.message);
  return { kind: 'readable', manifests, files: manifests, answers };
}

interface SubmittedFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

async function archived(place: string, id: string): Promise<readonly SubmittedFile[]> {
  const info = lstatSync(place);
  if (!info.isFile()) throw new Unreadable(`${id} is no file.`);
  if (info.size > MAX_ARCHIVE_BYTES) throw new Unreadable(`${id} is larger than ${MAX_ARCHIVE_BYTES} bytes.`);
  const bounds = { files: MAX_FILES, totalBytes: MAX_TOTAL_BYTES };
  const read = await readArchive(id, readFileSync(place), bounds);
  if (!read.ok) throw new Unreadable(read.message);
  return read.files
    .filter(({ path: name }) => !name.split('/').some((step) => step.startsWith('.')))
    .sort((left, right) => (left.path < right.path ? -1 : 1));
}

function onDisk(place: string): readonly SubmittedFile[] {
  const root = lstatSync(place).isDirectory() ? place : path.dirname(place);
  return filesOf(place, 0).map((file) => ({ path: path.relative(root, file), bytes: readFileSync(file) }));
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
      throw new Unreadable(`${name} is an archive inside a submission: unpack it first.`);
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

function textOf(name: string, bytes: Uint8Array): string {
  const [file] = textIfAny(name, bytes);
  if (file === undefined) throw new Unreadable(`${name} is no text.`);
  return file.text;
}

function textIfAny(name: string, bytes: Uint8Array): readonly SubmittedText[] {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? [] : [{ path: name, text }];
  } catch {
    return [];
  }
}

function readAnswers(name: string, text: string): Answers {
  let value: unknown;
  let mistake: string | undefined;
  try {
    const document = parseDocument(text, { prettyErrors: false });
    mistake = document.errors[0]?.message;
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch {
    // The parser's own bounds: its recursion, and the aliases that it unfolds.
    mistake ??= 'it uses too many aliases, or nests too deep';
  }
  if (mistake !== undefined)
    throw new Unreadable(`${name} is no YAML: ${mistake.slice(0, MAX_MISTAKE_CHARS)}`);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Unreadable(`${name} is no map of questions to answers.`);
  return Object.fromEntries(
    Object.entries(value).map(([question, answer]: [string, unknown]) => [
      question,
      Array.isArray(answer) ? answer.map(String) : String(answer),
    ]),
  );
}
