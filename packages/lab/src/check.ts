import type { ContainerDirective } from 'mdast-util-directive';
import type { AnswerKey, Check } from './check-model.ts';
import { LOOKS, readLook } from './check-look.ts';
import { checkSchema, secondsOf } from './check-schema.ts';
import type { CheckSource } from './check-schema.ts';
import type { DiagnosticSink } from './diagnostic.ts';
import { attribute, positionOf } from './markdown.ts';
import { objectReference } from './check-object.ts';
import { readYaml } from './yaml-source.ts';

/** The options that an author marked `[x]`, by question. */
export type MarkedOptions = ReadonlyMap<string, readonly string[]>;

const MS_PER_SECOND = 1_000;

export function readCheck(
  node: ContainerDirective,
  id: string,
  marked: MarkedOptions,
  sink: DiagnosticSink,
): Check | undefined {
  const at = positionOf(node);
  const title = attribute(node, 'title');
  if (title === undefined || title === '') {
    sink.report({
      code: 'PW0202',
      ...at,
      message: `Check "${id}" has no title.`,
      remedy: `Write :::check{#${id} title="What holds when it passes"}.`,
    });
    return undefined;
  }
  const [block] = node.children.filter((child) => child.type === 'code');
  if (block === undefined) {
    sink.report({
      code: 'PW0301',
      ...at,
      message: `Check "${id}" has no YAML block.`,
      remedy: 'Put a fenced yaml block inside the directive that says what to look at.',
    });
    return undefined;
  }
  const source = readYaml(
    { text: block.value, linesBefore: positionOf(block).line },
    checkSchema,
    'PW0301',
    sink,
  );
  if (source === undefined) return undefined;
  const given = LOOKS.filter((look) => source[look] !== undefined);
  if (given.length !== 1) {
    sink.report({
      code: 'PW0302',
      ...positionOf(block),
      message: `Check "${id}" says ${given.length} things to look at.`,
      remedy: `Give exactly one of ${LOOKS.slice(0, -1).join(', ')} and ${LOOKS.at(-1) ?? ''}.`,
    });
    return undefined;
  }
  const base = baseOf(id, title, source);
  if (source.answer !== undefined) {
    const accept = answerKey(source.answer, marked);
    if (accept !== undefined) return { ...base, kind: 'answer', questionId: source.answer.question, accept };
    if (!marked.has(source.answer.question)) {
      sink.report({
        code: 'PW0203',
        ...positionOf(block),
        message: `Check "${id}" asks for the answer to "${source.answer.question}", which is no question of this task.`,
        remedy: `The questions are: ${[...marked.keys()].join(', ') || 'none'}.`,
      });
      return undefined;
    }
    sink.report({
      code: 'PW0304',
      ...positionOf(block),
      message: `Check "${id}" does not say which answer to "${source.answer.question}" is right.`,
      remedy: 'Give equals, pattern, number or field, or mark the right options of the question with [x].',
    });
    return undefined;
  }
  const look = readLook(source);
  if (look.ok) return { ...base, ...look.look };
  sink.report({
    code: 'PW0303',
    ...positionOf(block),
    message: `Check "${id}": ${look.message}.`,
    remedy: look.remedy,
  });
  return undefined;
}

function baseOf(id: string, title: string, source: CheckSource) {
  return {
    id,
    title,
    weight: source.weight,
    mode: source.mode,
    needs: source.needs,
    ...(source.message === undefined ? {} : { message: source.message }),
    ...(source.holdsAtStart === undefined ? {} : { holdsAtStart: source.holdsAtStart }),
    ...(source.within === undefined ? {} : { withinMs: secondsOf(source.within) * MS_PER_SECOND }),
  };
}

function answerKey(source: NonNullable<CheckSource['answer']>, marked: MarkedOptions): AnswerKey | undefined {
  const { equals, pattern, number, tolerance, field } = source;
  if (equals !== undefined) return { kind: 'text', equals: typeof equals === 'string' ? [equals] : equals };
  if (pattern !== undefined) return { kind: 'pattern', pattern };
  if (number !== undefined) return { kind: 'number', value: number, tolerance };
  if (field !== undefined) return { kind: 'field', object: objectReference(field.object), path: field.path };
  const ids = marked.get(source.question);
  return ids === undefined || ids.length === 0 ? undefined : { kind: 'options', ids };
}
