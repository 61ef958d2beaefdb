import type { ContainerDirective } from 'mdast-util-directive';
import { checkSchema } from './check-schema.ts';
import type { CheckSource } from './check-schema.ts';
import type { DiagnosticSink } from './diagnostic.ts';
import { attribute, positionOf } from './markdown.ts';
import { matrixProbes } from './matrix.ts';
import type { AnswerKey, Check } from './model.ts';
import { readYaml } from './yaml-source.ts';

/** The options that an author marked `[x]`, by question. */
export type MarkedOptions = ReadonlyMap<string, readonly string[]>;

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
  const base = {
    id,
    title,
    weight: source.weight,
    mode: source.mode,
    needs: source.needs,
    ...(source.message === undefined ? {} : { message: source.message }),
    ...(source.holdsAtStart === undefined ? {} : { holdsAtStart: source.holdsAtStart }),
  };
  const looks = [
    source.object,
    source.connectivity,
    source.matrix,
    source.http,
    source.logs,
    source.answer,
  ].filter((look) => look !== undefined);
  if (looks.length !== 1) {
    sink.report({
      code: 'PW0302',
      ...positionOf(block),
      message: `Check "${id}" says ${looks.length} things to look at.`,
      remedy: 'Give exactly one of object, connectivity, matrix, http, logs and answer.',
    });
    return undefined;
  }
  if (source.object !== undefined) return objectCheck(base, source.object);
  if (source.connectivity !== undefined)
    return {
      ...base,
      kind: 'connectivity',
      probes: source.connectivity.map(({ sourceSeen, ...probe }) => ({
        ...probe,
        ...(sourceSeen === undefined ? {} : { sourceSeen }),
      })),
    };
  if (source.matrix !== undefined) {
    const probes = matrixProbes(source.matrix);
    if (typeof probes !== 'string') return { ...base, kind: 'connectivity', probes };
    sink.report({
      code: 'PW0303',
      ...positionOf(block),
      message: `The matrix of check "${id}" can't be read: ${probes}.`,
      remedy:
        'Give a row for each source, with a sign for each destination: + open, - blocked, r refused, t timed out, . not looked at.',
    });
    return undefined;
  }
  if (source.logs !== undefined) return logCheck(base, source.logs, positionOf(block), sink);
  if (source.http !== undefined) {
    const { from, url, status, bodyContains } = source.http;
    return {
      ...base,
      kind: 'http',
      request: {
        from,
        url,
        ...(status === undefined ? {} : { status }),
        ...(bodyContains === undefined ? {} : { bodyContains }),
      },
    };
  }
  if (source.answer === undefined) throw new Error('one look exists');
  const accept = answerKey(source.answer, marked);
  if (accept !== undefined) return { ...base, kind: 'answer', questionId: source.answer.question, accept };
  sink.report({
    code: 'PW0304',
    ...positionOf(block),
    message: `Check "${id}" does not say which answer to "${source.answer.question}" is right.`,
    remedy: 'Give equals, pattern or field, or mark the right options of the question with [x].',
  });
  return undefined;
}

function logCheck(
  base: CheckBase,
  source: NonNullable<CheckSource['logs']>,
  at: { readonly line: number; readonly column: number },
  sink: DiagnosticSink,
): Check | undefined {
  const { pod, container, contains, pattern, absent } = source;
  const readable = pattern === undefined || isPattern(pattern);
  if (
    (contains === undefined) !== (pattern === undefined) &&
    readable &&
    (pod.kind === 'pod' || pod.kind === 'pods')
  )
    return {
      ...base,
      kind: 'logs',
      logs: {
        pod,
        absent,
        ...(container === undefined ? {} : { container }),
        ...(contains === undefined ? {} : { contains }),
        ...(pattern === undefined ? {} : { pattern }),
      },
    };
  sink.report({
    code: 'PW0303',
    ...at,
    message: `Check "${base.id}" does not say what to look for in which pod's log.`,
    remedy: 'Give pod (pod/… or pods/…) and one of contains and pattern, the latter a regular expression.',
  });
  return undefined;
}

type CheckBase = Omit<Extract<Check, { kind: 'http' }>, 'kind' | 'request'>;

function objectCheck(base: CheckBase, source: NonNullable<CheckSource['object']>): Check {
  const { count, match, cel, ...reference } = source;
  const bounds =
    count === undefined
      ? undefined
      : {
          ...(count.min === undefined ? {} : { min: count.min }),
          ...(count.max === undefined ? {} : { max: count.max }),
        };
  return {
    ...base,
    kind: 'object',
    object: objectReference(reference),
    ...(bounds === undefined ? {} : { count: bounds }),
    ...(match === undefined ? {} : { match }),
    ...(cel === undefined ? {} : { cel }),
  };
}

function objectReference(
  source: Omit<NonNullable<CheckSource['object']>, 'count' | 'match' | 'cel'>,
): Extract<Check, { kind: 'object' }>['object'] {
  const { apiVersion, kind, namespace, name, labelSelector } = source;
  return {
    apiVersion,
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(labelSelector === undefined ? {} : { labelSelector }),
  };
}

function answerKey(source: NonNullable<CheckSource['answer']>, marked: MarkedOptions): AnswerKey | undefined {
  if (source.equals !== undefined)
    return { kind: 'text', equals: typeof source.equals === 'string' ? [source.equals] : source.equals };
  if (source.pattern !== undefined)
    return isPattern(source.pattern) ? { kind: 'pattern', pattern: source.pattern } : undefined;
  if (source.field !== undefined)
    return { kind: 'field', object: objectReference(source.field.object), path: source.field.path };
  const ids = marked.get(source.question);
  return ids === undefined || ids.length === 0 ? undefined : { kind: 'options', ids };
}

function isPattern(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u');
    return true;
  } catch {
    return false;
  }
}
