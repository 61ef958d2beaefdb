import { sha256 } from '@noble/hashes/sha2.js';
import type { Code, RootContent } from 'mdast';
import type { ContainerDirective } from 'mdast-util-directive';
import type { DiagnosticSink } from './diagnostic.ts';
import { ID_PATTERN } from './front-matter.ts';
import { attribute, plainText, positionOf } from './markdown.ts';
import type { Question, QuestionKind } from './model.ts';

const KINDS: readonly QuestionKind[] = ['text', 'single', 'multiple', 'order', 'predict'];
type Option = Question['options'][number];

/**
 * Options are list items that begin with an id in backticks. `- [x]` marks the right ones; those of `order` stand in
 * the right order, in a numbered list. `predict` has a `run` block as well.
 */
export function readQuestion(
  node: ContainerDirective,
  id: string,
  sink: DiagnosticSink,
): { question: Question; marked: readonly string[] } {
  const given = attribute(node, 'kind') ?? 'text';
  const kind = KINDS.find((known) => known === given);
  if (kind === undefined)
    sink.report({
      code: 'PW0304',
      ...positionOf(node),
      message: `"${given}" is no kind of question.`,
      remedy: `Use ${KINDS.map((known) => `kind=${known}`).join(', ')}.`,
    });
  const prompt: RootContent[] = [];
  const options: Option[] = [];
  const marked: string[] = [];
  let command: string | undefined;
  for (const child of node.children) {
    if (kind === 'predict' && child.type === 'code' && isRun(child)) {
      command = child.value;
      continue;
    }
    if (child.type !== 'list' || kind === 'text') {
      prompt.push(child);
      continue;
    }
    for (const item of child.children) {
      const option = readOption(item.children);
      if (option === undefined) {
        sink.report({
          code: 'PW0304',
          ...positionOf(item),
          message: 'This option has no id.',
          remedy: 'Begin it with an id in backticks: - [ ] `bridge` The bridge of the node.',
        });
        continue;
      }
      if (options.some((other) => other.id === option.id))
        sink.report({
          code: 'PW0201',
          ...positionOf(item),
          message: `Two options of question "${id}" have the id "${option.id}".`,
          remedy: 'Give each option an id of its own; answers are stored under it.',
        });
      options.push(option);
      if (item.checked === true || kind === 'order') marked.push(option.id);
    }
  }
  const problem = kind === undefined ? undefined : problemOf(kind, options.length, marked.length, command);
  if (problem !== undefined)
    sink.report({
      code: 'PW0304',
      ...positionOf(node),
      message: `Question "${id}" ${problem.is}.`,
      remedy: problem.remedy,
    });
  return {
    question: {
      id,
      prompt,
      kind: kind ?? 'text',
      options: kind === 'order' ? shuffled(id, options) : options,
      ...(command === undefined ? {} : { command }),
    },
    marked,
  };
}

function problemOf(
  kind: QuestionKind,
  options: number,
  right: number,
  command: string | undefined,
): { readonly is: string; readonly remedy: string } | undefined {
  if (kind === 'text') return undefined;
  if (kind === 'order')
    return options < 3
      ? {
          is: `has ${options} things to put in order`,
          remedy: 'Give at least three, in a numbered list in the right order.',
        }
      : undefined;
  if (kind === 'predict' && command === undefined)
    return {
      is: 'has nothing to run',
      remedy: 'Put the command into a code block whose info string is "sh run".',
    };
  return options < 2 || right === 0 || (kind !== 'multiple' && right > 1)
    ? {
        is: `has ${options} options, ${right} of them right`,
        remedy:
          'Give at least two options and mark the right one with [x]; only kind=multiple may have several.',
      }
    : undefined;
}

/** A command that a reader can run: a block whose info string is `sh run`. */
export function isRun(node: Code): boolean {
  return (node.meta ?? '').split(/\s+/).includes('run');
}

/** The texts of a question, for those who know its kind and its key. */
export function readOptions(node: ContainerDirective): Pick<Question, 'prompt' | 'options'> {
  return {
    prompt: node.children.filter(
      (child) => child.type !== 'list' && !(child.type === 'code' && isRun(child)),
    ),
    options: node.children.flatMap((child) =>
      child.type === 'list' ? child.children.flatMap((item) => readOption(item.children) ?? []) : [],
    ),
  };
}

/** The same order each time, and never the one they were written in. */
function shuffled(questionId: string, options: readonly Option[]): readonly Option[] {
  const keyOf = ({ id }: Option): string =>
    [...sha256(new TextEncoder().encode(`${questionId}\0${id}`))]
      .map((byte) => byte.toString(16).padStart(2, '0'))
      .join('');
  const sorted = [...options].sort((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
  const same = sorted.every((option, index) => option === options[index]);
  return same ? [...sorted.slice(1), ...sorted.slice(0, 1)] : sorted;
}

function readOption(content: readonly RootContent[]): { id: string; body: RootContent[] } | undefined {
  const [first, ...rest] = content;
  if (first?.type !== 'paragraph') return undefined;
  const [code, ...words] = first.children;
  if (code?.type !== 'inlineCode' || !ID_PATTERN.test(code.value)) return undefined;
  const [lead, ...others] = words;
  const trimmed = lead?.type === 'text' ? [{ ...lead, value: lead.value.trimStart() }, ...others] : words;
  if (trimmed.map(plainText).join('') === '') return undefined;
  return { id: code.value, body: [{ ...first, children: trimmed }, ...rest] };
}
