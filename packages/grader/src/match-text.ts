import type { TextExpectation } from '@podwire/lab';

/** Of a learner's text so much is searched, a line at a time: patterns are bounded, and so is what they see. */
const MAX_SEARCHED_CHARS = 65_536;
const MAX_LINE_CHARS = 4_096;

/** The first line that holds what is looked for; undefined when none does. Without anything to look for, the first. */
export function lineWith({ contains, matches }: TextExpectation, text: string): string | undefined {
  const pattern = matches === undefined ? undefined : new RegExp(matches, 'u');
  const searched = text.slice(0, MAX_SEARCHED_CHARS);
  if (contains !== undefined && !searched.includes(contains)) return undefined;
  const lines = searched.split('\n').map((line) => line.slice(0, MAX_LINE_CHARS));
  if (pattern !== undefined) return lines.find((line) => pattern.test(line));
  // A text may go over several lines.
  return contains === undefined ? lines[0] : (lines.find((line) => line.includes(contains)) ?? contains);
}

export function wants({ contains, matches }: TextExpectation): boolean {
  return contains !== undefined || matches !== undefined;
}

export function textInWords({ contains, matches }: TextExpectation): string {
  if (contains !== undefined) return `"${contains}"`;
  return matches === undefined ? 'anything' : `something that matches ${matches}`;
}
