import type { z } from 'zod';

export type Issue = z.core.$ZodIssue;

/** A field that a document should have and has not: the map that it belongs into, and its name. */
export interface MissingField {
  readonly within: string;
  readonly field: string;
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of fields',
  record: 'a map of fields',
};
const SHOWN_CHARS = 60;
const REFERENCE = 'docs/authoring/reference.md lists what may stand here.';

/** What is wrong with a field, and what to write instead. `value` is what stands there; undefined: nothing does. */
export function wordsOf(
  issue: Issue,
  name: string,
  value: unknown,
  missing: readonly MissingField[],
  /** A field before it that has no value. */
  emptied?: string,
): { readonly message: string; readonly remedy: string } {
  if (issue.code === 'unrecognized_keys')
    return {
      message: `${name}: there is no such field here.`,
      remedy: remedyForKey(issue, name, missing, emptied),
    };
  if (value === undefined)
    return { message: `${name}: this field is missing.`, remedy: `Write ${name}: ${exampleOf(issue)} here.` };
  if (value === null)
    return {
      message: `${name}: nothing stands in it.`,
      remedy: 'Indent what belongs into it, or leave it out.',
    };
  const shown = shownValue(value);
  switch (issue.code) {
    case 'invalid_value':
      return {
        message: `${name}: ${shown} is none of its values.`,
        remedy: `Write ${listed(issue.values.map(String))}.`,
      };
    case 'invalid_type': {
      const kind = KINDS[issue.expected] ?? issue.expected;
      return { message: `${name}: ${shown} is not ${kind}.`, remedy: `Write ${kind}.` };
    }
    case 'too_big':
    case 'too_small': {
      const most = issue.code === 'too_big';
      const limit = String(most ? issue.maximum : issue.minimum);
      const what = issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' entries' : '';
      return {
        message: `${name}: ${shown} is too ${what === '' ? (most ? 'much' : 'little') : most ? 'long' : 'short'}.`,
        remedy: `Write ${most ? 'at most' : 'at least'} ${limit}${what}.`,
      };
    }
    default:
      return issue.message.startsWith('must ')
        ? { message: `${name}: ${shown} can't stand here.`, remedy: `It ${issue.message}.` }
        : { message: `${name}: ${issue.message.replace(/\.$/, '')}.`, remedy: REFERENCE };
  }
}

function remedyForKey(
  issue: Extract<Issue, { code: 'unrecognized_keys' }>,
  name: string,
  missing: readonly MissingField[],
  emptied: string | undefined,
): string {
  const [key = ''] = issue.keys;
  const lost = missing.find(
    ({ field, within }) => field === key && `${within}.${field}` !== name && within !== '',
  );
  if (lost !== undefined)
    return `It belongs into ${lost.within}, and seems to have lost its indentation: indent it as the fields there.`;
  if (emptied !== undefined)
    return `It seems to belong into ${emptied}, which is empty, and to have lost its indentation: indent it.`;
  const meant = missing.find(({ field }) => isNear(field, key));
  return meant === undefined
    ? `Remove it, or indent it if it belongs elsewhere; ${REFERENCE}`
    : `Write ${meant.field}.`;
}

function exampleOf(issue: Issue): string {
  return issue.code === 'invalid_value' ? listed(issue.values.map(String)) : '…';
}

function listed(values: readonly string[]): string {
  return values.length < 2 ? values.join('') : `${values.slice(0, -1).join(', ')} or ${values.at(-1) ?? ''}`;
}

function shownValue(value: unknown): string {
  const text =
    typeof value === 'object' && value !== null
      ? Array.isArray(value)
        ? 'a list'
        : 'a map'
      : JSON.stringify(value);
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text;
}

/** One letter too many, too few, or another: typing mistakes. */
export function isNear(left: string, right: string): boolean {
  if (left.toLowerCase() === right.toLowerCase()) return true;
  if (Math.abs(left.length - right.length) > 1) return false;
  let start = 0;
  while (start < left.length && left[start] === right[start]) start++;
  let end = 0;
  while (end < left.length - start && end < right.length - start && left.at(-1 - end) === right.at(-1 - end))
    end++;
  return Math.max(left.length, right.length) - start - end <= 1;
}
