/** Lines remembered (HISTSIZE), and the longest of them, characters. */
const MAX_LINES = 1000;
const MAX_LINE_LENGTH = 65_536;

/** Adds a command as bash does with `HISTCONTROL=ignoreboth`: no repeats, nothing that starts with a space. */
export function remember(history: string[], line: string): void {
  const text = line.replace(/\n+$/, '');
  if (text.trim() === '' || text.startsWith(' ') || text.length > MAX_LINE_LENGTH || history.at(-1) === text)
    return;
  history.push(text);
  if (history.length > MAX_LINES) history.splice(0, history.length - MAX_LINES);
}

export function parseHistory(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .slice(-MAX_LINES);
}

export function formatHistory(history: readonly string[]): string {
  return history
    .slice(-MAX_LINES)
    .map((line) => `${line}\n`)
    .join('');
}

/** Replaces `!!`, `!$`, `!3`, `!-2` and `!name`. The line is undefined when an event is not found. */
export function expandHistory(
  line: string,
  history: readonly string[],
):
  | { readonly ok: true; readonly line: string; readonly changed: boolean }
  | { readonly ok: false; readonly event: string } {
  if (!line.includes('!')) return { ok: true, line, changed: false };
  let result = '';
  let changed = false;
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (character === '\\' && quote !== "'") {
      result += character + line.charAt(++at);
      continue;
    }
    if (character === "'" && quote !== '"') quote = quote === "'" ? '' : "'";
    else if (character === '"' && quote !== "'") quote = quote === '"' ? '' : '"';
    const designator =
      character === '!' && quote !== "'"
        ? /^!(?:!|\$|-?\d+|[A-Za-z][\w./-]*)/.exec(line.slice(at))?.[0]
        : undefined;
    const lead = line.charAt(at - 1);
    if (designator === undefined || lead === '$' || lead === '{' || lead === '[') {
      result += character;
      continue;
    }
    const event = lookUp(designator.slice(1), history);
    if (event === undefined) return { ok: false, event: designator };
    result += event;
    changed = true;
    at += designator.length - 1;
  }
  return { ok: true, line: result, changed };
}

function lookUp(designator: string, history: readonly string[]): string | undefined {
  if (designator === '!') return history.at(-1);
  if (designator === '$') return history.at(-1)?.trim().split(/\s+/).at(-1);
  const number = Number(designator);
  if (Number.isInteger(number)) return number < 0 ? history.at(number) : history[number - 1];
  return history.findLast((line) => line.startsWith(designator));
}
