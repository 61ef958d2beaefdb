import type { RootContent } from 'mdast';
import type { ContainerDirective } from 'mdast-util-directive';
import { readCheck } from './check.ts';
import type { DiagnosticSink } from './diagnostic.ts';
import { ID_PATTERN } from './front-matter.ts';
import { attribute, isContainer, positionOf } from './markdown.ts';
import type { Check, Hint, Question, Task } from './model.ts';
import { PROSE_CONTAINERS } from './directives.ts';
import { readQuestion } from './question.ts';
import { isNear } from './schema-words.ts';

/** The containers an author may write, and where. Those without a place of their own are prose. */
const TASK_PARTS = ['hint', 'question', 'check', 'solution'] as const;

export function readTask(node: ContainerDirective, sink: DiagnosticSink): Task | undefined {
  const id = readId(node, 'task', sink);
  const title = attribute(node, 'title');
  if (id === undefined) return undefined;
  if (title === undefined || title === '') {
    sink.report({
      code: 'PW0202',
      ...positionOf(node),
      message: `Task "${id}" has no title.`,
      remedy: `Write ::::task{#${id} title="What to do"}.`,
    });
    return undefined;
  }
  const seen = new Set<string>();
  const body: RootContent[] = [];
  const hints: Hint[] = [];
  const questions: Question[] = [];
  let solution: readonly RootContent[] | undefined;
  const marked = new Map<string, readonly string[]>();
  const checkNodes: { node: ContainerDirective; id: string }[] = [];
  for (const child of node.children) {
    const part = TASK_PARTS.find((name) => isContainer(child, name));
    if (part === undefined || child.type !== 'containerDirective') {
      if (child.type === 'containerDirective' && !PROSE_CONTAINERS.includes(child.name))
        reportUnknown(child, sink);
      else body.push(child);
      continue;
    }
    if (part === 'solution') {
      if (solution !== undefined)
        sink.report({
          code: 'PW0201',
          ...positionOf(child),
          message: `Task "${id}" has two solutions.`,
          remedy: 'Put them into one :::solution.',
        });
      solution = child.children;
      continue;
    }
    const partId = readId(child, part, sink);
    if (partId === undefined) continue;
    if (seen.has(partId))
      sink.report({
        code: 'PW0201',
        ...positionOf(child),
        message: `The id "${partId}" is used twice in task "${id}".`,
        remedy: 'Give each hint, question and check an id of its own; progress is stored under it.',
      });
    seen.add(partId);
    if (part === 'hint') hints.push({ id: partId, ...costOf(child, sink), body: child.children });
    else if (part === 'check') checkNodes.push({ node: child, id: partId });
    else {
      const read = readQuestion(child, partId, sink);
      questions.push(read.question);
      marked.set(partId, read.marked);
    }
  }
  const checks = checkNodes
    .map((check) => readCheck(check.node, check.id, marked, sink))
    .filter((check) => check !== undefined)
    .map((check) => orderedKey(check, questions));
  if (checkNodes.length === 0)
    sink.report({
      code: 'PW0205',
      ...positionOf(node),
      message: `Task "${id}" has no checks, so it can't be passed.`,
      remedy: 'Add a :::check, or make it prose.',
    });
  const places = new Map(checkNodes.map((check) => [check.id, positionOf(check.node)]));
  checkReferences(id, checks, questions, places, sink);
  const needs = (attribute(node, 'needs') ?? '').split(/[\s,]+/).filter((name) => name !== '');
  return {
    id,
    title,
    body,
    hints,
    questions,
    checks,
    needs,
    ...(solution === undefined ? {} : { solution }),
  };
}

/** `cost=20`: percent of the task's score. */
function costOf(node: ContainerDirective, sink: DiagnosticSink): Pick<Hint, 'cost'> {
  const given = attribute(node, 'cost');
  if (given === undefined || given === '0') return {};
  if (/^[1-9]\d?$|^100$/.test(given)) return { cost: Number(given) };
  sink.report({
    code: 'PW0211',
    ...positionOf(node),
    message: `cost="${given}" is no cost of a hint.`,
    remedy: 'Write how many percent of the score of its task it costs, 1 to 100: cost=20.',
  });
  return {};
}

/** Where the question asks for an order, so does its key. */
function orderedKey(check: Check, questions: readonly Question[]): Check {
  if (check.kind !== 'answer' || check.accept.kind !== 'options') return check;
  const question = questions.find(({ id }) => id === check.questionId);
  return question?.kind === 'order' ? { ...check, accept: { ...check.accept, ordered: true } } : check;
}

export function reportUnknown(node: ContainerDirective, sink: DiagnosticSink): void {
  const known = [...TASK_PARTS, ...PROSE_CONTAINERS, 'task', 'conclusion'];
  const meant = known.includes(node.name) ? undefined : known.find((name) => isNear(name, node.name));
  sink.report({
    code: 'PW0204',
    ...positionOf(node),
    message: `":::${node.name}" cannot stand here.`,
    remedy:
      meant === undefined
        ? `Here may stand: ${[...TASK_PARTS.map((part) => `${part} (in a task)`), ...PROSE_CONTAINERS, 'task and conclusion (outside)'].join(', ')}.`
        : `Write :::${meant}.`,
  });
}

export function readId(node: ContainerDirective, what: string, sink: DiagnosticSink): string | undefined {
  const id = attribute(node, 'id');
  if (id !== undefined && ID_PATTERN.test(id)) return id;
  sink.report({
    code: 'PW0202',
    ...positionOf(node),
    message: id === undefined ? `This ${what} has no id.` : `"${id}" is not a good id.`,
    remedy: `Write :::${what}{#some-id}: lower-case letters, digits and hyphens. It must survive edits, since progress is stored under it.`,
  });
  return undefined;
}

function checkReferences(
  taskId: string,
  checks: readonly Check[],
  questions: readonly Question[],
  places: ReadonlyMap<string, { line: number; column: number }>,
  sink: DiagnosticSink,
): void {
  const checkIds = new Set(checks.map((check) => check.id));
  const placeOf = ({ id }: Check) => places.get(id) ?? { line: 1, column: 1 };
  for (const check of checks) {
    const at = placeOf(check);
    for (const need of check.needs) {
      if (!checkIds.has(need))
        sink.report({
          code: 'PW0203',
          ...at,
          message: `Check "${check.id}" of task "${taskId}" needs "${need}", which is no check of this task.`,
          remedy: `The checks are: ${[...checkIds].join(', ')}.`,
        });
    }
    if (check.kind === 'answer' && !questions.some((question) => question.id === check.questionId)) {
      sink.report({
        code: 'PW0203',
        ...at,
        message: `Check "${check.id}" asks for the answer to "${check.questionId}", which is no question of task "${taskId}".`,
        remedy: 'Name a question of the same task.',
      });
    }
  }
  const [first] = checks;
  if (first !== undefined && inCircle(checks))
    sink.report({
      code: 'PW0206',
      ...placeOf(first),
      message: `The checks of task "${taskId}" need one another in a circle.`,
      remedy: 'Break the circle: some check must need nothing.',
    });
}

/** Whether following `needs` from some item leads back to it. */
export function inCircle(
  items: readonly { readonly id: string; readonly needs: readonly string[] }[],
): boolean {
  const left = new Map(items.map((item) => [item.id, item.needs]));
  for (;;) {
    const free = [...left].filter(([, needs]) => needs.every((need) => !left.has(need)));
    if (free.length === 0) return left.size > 0;
    for (const [id] of free) left.delete(id);
  }
}
