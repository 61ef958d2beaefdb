import type { Check, Question } from '@podwire/lab';
import type { GradingCluster } from './cluster.ts';
import { lineWith } from './match-text.ts';
import { valueAt } from './match.ts';
import { readObjects } from './objects.ts';
import { failed, passed } from './outcome.ts';
import type { CheckOutcome } from './outcome.ts';

export type Answers = Readonly<Record<string, string | readonly string[]>>;

/** Compares what the learner answered with the key. The explanation never names the right answer. */
export async function checkAnswer(
  check: Extract<Check, { kind: 'answer' }>,
  question: Question | undefined,
  answers: Answers,
  cluster: GradingCluster,
): Promise<CheckOutcome> {
  const given = answers[check.questionId];
  const chosen = (typeof given === 'string' ? [given] : (given ?? []))
    .map((text) => text.trim())
    .filter((text) => text !== '');
  if (chosen.length === 0) return failed('an answer', 'none yet', 'You have not answered this question.', {});
  const [text = ''] = chosen;
  const right = await isRight(check, chosen, text, cluster);
  if (check.accept.kind === 'number' && numberOf(text) === undefined)
    return failed('a number', text, 'Write a number alone, such as 1450 or 0.5.', {});
  if (right === 'unknown')
    return failed(
      'an answer that fits your cluster',
      text,
      'What the answer is compared with is not in your cluster at the moment.',
      {},
    );
  if (right) return passed({});
  const saw = chosen.map((answer) => wordsOf(question, answer)).join('; ');
  return failed('the right answer', saw, wrongBecause(check), {});
}

/** What the learner read beside the option they chose; free text is its own words. */
function wordsOf(question: Question | undefined, answer: string): string {
  const option = question?.options.find((candidate) => candidate.id === answer);
  return option === undefined ? answer : plainText(option.body).trim();
}

function plainText(nodes: Question['options'][number]['body']): string {
  return nodes
    .map((node) => {
      if ('children' in node) return plainText(node.children);
      return 'value' in node ? node.value : '';
    })
    .join('');
}

async function isRight(
  check: Extract<Check, { kind: 'answer' }>,
  chosen: readonly string[],
  text: string,
  cluster: GradingCluster,
): Promise<boolean | 'unknown'> {
  const key = check.accept;
  switch (key.kind) {
    case 'text':
      return key.equals.some((accepted) => accepted.toLowerCase() === text.toLowerCase());
    case 'pattern':
      return lineWith({ matches: key.pattern }, text) !== undefined;
    case 'number': {
      const given = numberOf(text);
      return given !== undefined && Math.abs(given - key.value) <= key.tolerance;
    }
    case 'options':
      return (
        key.ids.length === chosen.length &&
        key.ids.every((id, index) => (key.ordered === true ? chosen[index] === id : chosen.includes(id)))
      );
    case 'field': {
      const found = await readObjects(cluster, key.object);
      const value = found.kind === 'found' ? valueAt(found.objects[0], key.path) : undefined;
      return typeof value === 'string' || typeof value === 'number' ? String(value) === text : 'unknown';
    }
  }
}

/** A plain decimal number; `1_450`, `0x10`, `Infinity` and `12 bytes` are none. */
function numberOf(text: string): number | undefined {
  return /^[-+]?\d{1,15}(?:\.\d{1,15})?$/u.test(text) ? Number(text) : undefined;
}

function wrongBecause(check: Extract<Check, { kind: 'answer' }>): string {
  if (check.accept.kind === 'field') return 'It is not what your cluster says.';
  if (check.accept.kind === 'options' && check.accept.ordered === true)
    return 'At least two of them change places.';
  if (check.accept.kind === 'options' && check.accept.ids.length > 1)
    return 'Some of it is wrong, or something is missing.';
  return 'Look again at what the cluster shows.';
}
