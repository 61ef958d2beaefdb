import { sha256 } from '@noble/hashes/sha2.js';
import type { RootContent } from 'mdast';
import { parseAllDocuments } from 'yaml';
import type { Document } from 'yaml';
import { checkBackends } from './backend-checks.ts';
import type { Diagnostic, DiagnosticSink } from './diagnostic.ts';
import { sinkFor } from './diagnostic.ts';
import { labSchema, mutantsSchema } from './front-matter.ts';
import { parseMarkdown, positionOf } from './markdown.ts';
import { checkParameters, fillNodes, markChecks } from './parameter-text.ts';
import { defaultParameters, fillText, placeholdersOf } from './parameters.ts';
import type { ParameterValues } from './parameters.ts';
import { checkReachability } from './reachability.ts';
import { readLabTranslation } from './lab-translation.ts';
import type { Lab, ManifestFile, Quiz, Task } from './model.ts';
import { takeQuizzes } from './quiz.ts';
import { isTranslation, translationsOf } from './translations.ts';
import { directiveLine } from './directive-line.ts';
import { checkDirectives, PROSE_CONTAINERS } from './directives.ts';
import { inCircle, readTask, reportUnknown } from './task.ts';
import { readYaml } from './yaml-source.ts';

/** Aliases that one manifest may expand to. */
const MAX_ALIASES = 50;

/**
 * Reads one lab: `lab.md` and the files of its folder, paths relative to the folder. Without `values`, prose keeps its
 * `{{parameter}}`s and all else has their defaults.
 */
export function readLab(
  folder: string,
  chapterId: string,
  sources: ReadonlyMap<string, string>,
  diagnostics: Diagnostic[],
  values?: ParameterValues,
): Lab | undefined {
  const text = sources.get('lab.md');
  const sink = sinkFor(`${folder}/lab.md`, diagnostics);
  if (text === undefined) {
    sink.report({
      code: 'PW0101',
      line: 1,
      column: 1,
      message: `There is no ${folder}/lab.md.`,
      remedy: 'Write it, or take the lab out of course.yaml.',
    });
    return undefined;
  }
  const document = parseMarkdown(text, sink);
  if (document.frontMatter === undefined) {
    sink.report({
      code: 'PW0102',
      line: 1,
      column: 1,
      message: 'The front matter is missing.',
      remedy: 'Begin the file with a --- line, the fields of the lab, and another --- line.',
    });
    return undefined;
  }
  const front = readYaml(document.frontMatter, labSchema, 'PW0104', sink);
  if (front === undefined) {
    // What is wrong below is told in the same breath; what parameters would make of it nobody knows.
    if (placeholdersOf(text).length === 0) checkBody(document.content, sink);
    return undefined;
  }
  checkId(front.id, folder.slice(folder.lastIndexOf('/') + 1), sink);
  const parameters = front.parameters ?? {};
  if (values === undefined)
    checkParameters(folder, sources, parameters, parameterPlaces(document.frontMatter), diagnostics);
  const drawn = values ?? defaultParameters(front);
  const files = new Map([...sources].map(([path, source]) => [path, fillText(source, drawn)]));
  const marked = markChecks(document.content, drawn);
  const filled = (nodes: readonly RootContent[]): RootContent[] =>
    values === undefined ? [...nodes] : fillNodes(nodes, (prose) => fillText(prose, values));
  const quizzes: Quiz[] = [];
  const content = takeQuizzes(filled(marked), quizzes, sink);
  const { introduction, tasks, conclusion, places } = readBody(content, sink);
  const fileOf = (path: string): string => `${folder}/${path}`;
  const translations = translationsOf('lab.md', text, sources, fileOf, diagnostics).map(
    ({ locale, front: { title, summary, objectives }, content: translated }) =>
      readLabTranslation({ locale, title, summary, objectives }, filled(translated)),
  );
  checkTasks(tasks, places, sink);
  checkBackends(front.backends, tasks, text, sink);
  checkDirectives(document.content, { hasCluster: true, values: drawn }, sink);
  const setup = filesUnder(files, 'setup');
  for (const manifest of setup) checkManifest(folder, manifest, diagnostics);
  return {
    ...front,
    chapterId,
    translations,
    quizzes,
    introduction,
    tasks,
    conclusion,
    setup,
    files: filesUnder(files, 'files'),
    solutions: readSolutions(folder, files, tasks, diagnostics),
    wrong: readWrongCases(folder, files, tasks, text, diagnostics),
    ...readAcceptedMutants(folder, files.get('mutants.yaml'), diagnostics),
    digest: digestOf(sources),
    ...(Object.keys(parameters).length === 0 ? {} : { template: { folder, files: entriesOf(sources) } }),
  };
}

/**
 * The lab as one learner has it: `values` in its texts, manifests, scripts and checks. A lab without parameters is
 * given back as it is. @throws when a parameter has no value, or a course with errors is used.
 */
export function instantiate(lab: Lab, values: ParameterValues): Lab {
  const { template, parameters = {} } = lab;
  if (template === undefined) return lab;
  const missing = Object.keys(parameters).filter((name) => !Object.hasOwn(values, name));
  if (missing.length > 0) throw new Error(`no value for ${missing.join(', ')} of lab ${lab.id}`);
  const files = new Map(template.files.map(({ path, text }) => [path, text]));
  const diagnostics: Diagnostic[] = [];
  const read = readLab(template.folder, lab.chapterId, files, diagnostics, values);
  const error = diagnostics.find(({ severity }) => severity === 'error');
  if (read === undefined || error !== undefined)
    throw new Error(`lab ${lab.id} can't be read with these values: ${error?.message ?? ''}`);
  return read;
}

function entriesOf(files: ReadonlyMap<string, string>): ManifestFile[] {
  return [...files].map(([path, text]) => ({ path, text }));
}

/** Where the front matter defines a parameter, for diagnostics. */
function parameterPlaces(front: {
  readonly text: string;
  readonly linesBefore: number;
}): (name: string) => Place {
  const lines = front.text.split('\n');
  return (name) => {
    const line = lines.findIndex((text) => text.trimStart().startsWith(`${name}:`));
    return line < 0
      ? { line: 1, column: 1 }
      : { line: front.linesBefore + line + 1, column: (lines[line] ?? '').indexOf(name) + 1 };
  };
}

function readAcceptedMutants(
  folder: string,
  text: string | undefined,
  diagnostics: Diagnostic[],
): Pick<Lab, 'acceptedMutants'> {
  if (text === undefined) return {};
  const sink = sinkFor(`${folder}/mutants.yaml`, diagnostics);
  const read = readYaml({ text, linesBefore: 0 }, mutantsSchema, 'PW0104', sink);
  return read === undefined ? {} : { acceptedMutants: read.accepted };
}

function readBody(
  content: readonly RootContent[],
  sink: DiagnosticSink,
): Pick<Lab, 'introduction' | 'tasks' | 'conclusion'> & { readonly places: Places } {
  const places = new Map<string, Place>();
  const introduction: RootContent[] = [];
  const tasks: Task[] = [];
  let conclusion: readonly RootContent[] = [];
  for (const node of content) {
    if (node.type !== 'containerDirective' || PROSE_CONTAINERS.includes(node.name)) introduction.push(node);
    else if (node.name === 'conclusion') conclusion = node.children;
    else if (node.name !== 'task') reportUnknown(node, sink);
    else {
      const task = readTask(node, sink);
      if (task === undefined) continue;
      if (tasks.some((other) => other.id === task.id)) {
        sink.report({
          code: 'PW0201',
          ...positionOf(node),
          message: `Two tasks have the id "${task.id}".`,
          remedy: 'Give each task an id of its own; progress is stored under it.',
        });
      }
      tasks.push(task);
      places.set(task.id, positionOf(node));
    }
  }
  return { introduction, tasks, conclusion, places };
}

function checkBody(content: readonly RootContent[], sink: DiagnosticSink): void {
  const { tasks, places } = readBody(takeQuizzes(content, [], sink), sink);
  checkTasks(tasks, places, sink);
  checkDirectives(content, { hasCluster: true, values: {} }, sink);
}

function checkTasks(tasks: readonly Task[], places: Places, sink: DiagnosticSink): void {
  const placeOf = (id: string): Place => places.get(id) ?? { line: 1, column: 1 };
  const ids = new Set(tasks.map((task) => task.id));
  if (tasks.length === 0)
    sink.report({
      code: 'PW0205',
      line: 1,
      column: 1,
      message: 'This lab has no tasks.',
      remedy: 'Add ::::task{#id title="…"} … ::::.',
    });
  for (const task of tasks) {
    for (const need of task.needs) {
      if (!ids.has(need))
        sink.report({
          code: 'PW0203',
          ...placeOf(task.id),
          message: `Task "${task.id}" needs "${need}", which is no task of this lab.`,
          remedy: `The tasks are: ${[...ids].join(', ')}.`,
        });
    }
  }
  if (inCircle(tasks.map(({ id, needs }) => ({ id, needs: needs.filter((need) => ids.has(need)) })))) {
    sink.report({
      code: 'PW0206',
      line: 1,
      column: 1,
      message: 'The tasks need one another in a circle, so none can be begun.',
      remedy: 'Break the circle.',
    });
  } else checkReachability(tasks, placeOf, sink);
}

interface Place {
  readonly line: number;
  readonly column: number;
}
type Places = ReadonlyMap<string, Place>;

/** An id is what links and progress go by, and the folder is what the course goes by. */
export function checkId(id: string, place: string, sink: DiagnosticSink): void {
  if (id === place) return;
  sink.report({
    code: 'PW0208',
    line: 1,
    column: 1,
    message: `The id "${id}" is not "${place}", the name of its place.`,
    remedy: 'Make the two the same.',
  });
}

function filesUnder(files: ReadonlyMap<string, string>, folder: string): ManifestFile[] {
  return [...files]
    .filter(([path]) => path.startsWith(`${folder}/`))
    .map(([path, text]) => ({ path: path.slice(folder.length + 1), text }))
    .sort((left, right) => (left.path < right.path ? -1 : 1));
}

function checkManifest(folder: string, manifest: ManifestFile, diagnostics: Diagnostic[]): void {
  const sink = sinkFor(`${folder}/setup/${manifest.path}`, diagnostics);
  const documents = parseAllDocuments(manifest.text, { prettyErrors: true });
  if (!Array.isArray(documents)) return;
  for (const document of documents) {
    const [error] = document.errors;
    if (error !== undefined) {
      sink.report({
        code: 'PW0401',
        line: error.linePos?.[0].line ?? 1,
        column: error.linePos?.[0].col ?? 1,
        message: `The manifest cannot be read: ${error.message.split('\n')[0] ?? ''}`,
        remedy: 'Check the indentation and quotes near this place.',
      });
    } else if (manifest.text.includes('*') && !expands(document)) {
      sink.report({
        code: 'PW0401',
        line: 1,
        column: 1,
        message: 'The manifest uses too many aliases, or one that there is not.',
        remedy: 'Write the values out.',
      });
    } else if (
      document.contents !== null &&
      (document.get('kind') === undefined || document.get('apiVersion') === undefined)
    ) {
      sink.report({
        code: 'PW0401',
        line: 1,
        column: 1,
        message: 'A document of this manifest has no apiVersion or no kind.',
        remedy: 'Give both.',
      });
    }
  }
}

/** Whether its aliases come to an end: some documents of a page stand for more than there is memory. */
function expands(document: Document): boolean {
  try {
    document.toJS({ maxAliasCount: MAX_ALIASES });
    return true;
  } catch {
    return false;
  }
}

function readSolutions(
  folder: string,
  files: ReadonlyMap<string, string>,
  tasks: readonly Task[],
  diagnostics: Diagnostic[],
): Lab['solutions'] {
  return filesUnder(files, 'solution')
    .filter((file) => file.path.endsWith('.sh'))
    .map((file) => {
      const taskId = file.path.slice(0, -'.sh'.length);
      if (!tasks.some((task) => task.id === taskId)) {
        sinkFor(`${folder}/solution/${file.path}`, diagnostics).report({
          code: 'PW0502',
          line: 1,
          column: 1,
          message: `There is no task "${taskId}".`,
          remedy: 'Name the file after the task it solves: solution/<task id>.sh.',
        });
      }
      return { taskId, script: file.text };
    });
}

/** A wrong case is a shell script whose first lines say where it must fail: `# fails: <task>/<check>`, `# message: …`. */
function readWrongCases(
  folder: string,
  files: ReadonlyMap<string, string>,
  tasks: readonly Task[],
  text: string,
  diagnostics: Diagnostic[],
): Lab['wrong'] {
  return filesUnder(files, 'wrong').flatMap((file) => {
    const fails = /^# fails: ([a-z0-9-]+)\/([a-z0-9-]+)$/m.exec(file.text);
    const task = tasks.find((candidate) => candidate.id === fails?.[1]);
    const check = task?.checks.find((candidate) => candidate.id === fails?.[2]);
    const [, taskId = '', checkId = ''] = fails ?? [];
    const begins = check === undefined && fails !== null ? directiveLine(text, 'task', taskId) : undefined;
    // It is there and can't be read, which has been told once, at its place.
    if (begins !== undefined && directiveLine(text, 'check', checkId, begins) !== undefined) return [];
    if (task === undefined || check === undefined) {
      sinkFor(`${folder}/wrong/${file.path}`, diagnostics).report({
        code: 'PW0502',
        line: 1,
        column: 1,
        message:
          fails === null
            ? 'This wrong case does not say at which check it fails.'
            : `This wrong case is to fail at "${fails[1]}/${fails[2]}", and there is no such check.`,
        remedy:
          task === undefined
            ? 'Begin it with "# fails: <task id>/<check id>".'
            : `The checks of "${task.id}" are: ${task.checks.map(({ id }) => id).join(', ') || 'none'}.`,
      });
      return [];
    }
    const message = /^# message: (.+)$/m.exec(file.text)?.[1];
    return [
      {
        name: file.path,
        taskId: task.id,
        checkId: check.id,
        ...(message === undefined ? {} : { message }),
        script: file.text,
      },
    ];
  });
}

/** SHA-256 over all files of the lab but its translations, in order of path, in hexadecimal. */
function digestOf(files: ReadonlyMap<string, string>): string {
  const encoder = new TextEncoder();
  const hash = sha256.create();
  for (const path of [...files.keys()].filter((each) => !isTranslation(each)).sort())
    hash.update(encoder.encode(`${path}\0${files.get(path) ?? ''}\0`));
  return [...hash.digest()].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
