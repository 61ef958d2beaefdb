/** Long enough for any line an author looks for. */
const MAX_PATTERN_CHARS = 300;

/**
 * A regular expression that is safe on a learner's text: its time grows with the text, not with its power.
 * A repeated group that itself repeats or branches, and a look back at what was matched, are refused.
 */
export function isBoundedPattern(pattern: string): boolean {
  if (pattern.length > MAX_PATTERN_CHARS) return false;
  try {
    new RegExp(pattern, 'u');
  } catch {
    return false;
  }
  const bare = pattern.replaceAll(/\\[^1-9k]/gu, 'x').replaceAll(/\[[^\]]*\]/gu, 'x');
  if (/\\[1-9k]|\(\?<?[=!]/u.test(bare)) return false;
  return !repeatsRepetition(bare);
}

/** Whether a group that holds `*`, `+`, `{n,}` or `|` is itself repeated without an end. */
function repeatsRepetition(bare: string): boolean {
  const open: boolean[] = [];
  for (let at = 0; at < bare.length; at++) {
    const character = bare[at];
    if (character === '(') open.push(false);
    else if (character === ')') {
      const varies = open.pop() === true;
      const repeated = /^(?:[*+]|\{\d+(?:,\d*)?\})/u.test(bare.slice(at + 1));
      if (varies && repeated) return true;
      // What a group holds, the group around it holds too.
      if ((varies || repeated) && open.length > 0) open[open.length - 1] = true;
    } else if (character === '|' || character === '*' || character === '+' || character === '{') {
      if (open.length > 0) open[open.length - 1] = true;
    }
  }
  return false;
}
