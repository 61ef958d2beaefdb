import { LineCounter, parseDocument } from 'yaml';

/** A report beyond this says nothing new. */
const MAX_REPORTED = 100;

/** One object or list of a JSON text that is open while it is read. */
interface Open {
  readonly keys: Set<string> | undefined;
  /** The field, or the place in a list, that is being read. */
  at: string;
  index: number;
}

/**
 * API6: fields that a JSON text gives more than once, by their paths, as the API server's decoder names them.
 *
 * @param text well-formed JSON.
 */
export function duplicateFields(text: string): readonly string[] {
  const found: string[] = [];
  for (const { path, isRepeated } of fields(text)) {
    if (isRepeated) found.push(path());
    if (found.length >= MAX_REPORTED) return found;
  }
  return [...new Set(found)];
}

/** What is wrong with fields of a JSON text, in the order in which a decoder meets them: each names its path last. */
export function inOrderOfText(text: string, problems: readonly string[]): readonly string[] {
  const pathOfProblem = (problem: string): string =>
    (/"(?:[^"\\]|\\.)*"$/.exec(problem)?.[0] ?? '').slice(1, -1);
  const wanted = new Set(problems.map(pathOfProblem));
  const met: string[] = [];
  for (const { path, isRepeated } of fields(text)) {
    const here = path();
    if (!wanted.has(here)) continue;
    met.push(`${isRepeated ? 'duplicate' : 'unknown'} ${here}`);
    if (met.length >= MAX_REPORTED) break;
  }
  const place = (problem: string): number => {
    const at = met.indexOf(`${problem.split(' ')[0] ?? ''} ${pathOfProblem(problem)}`);
    return at < 0 ? met.length : at;
  };
  return problems.toSorted((left, right) => place(left) - place(right));
}

interface Field {
  /** Put together only where it is wanted. */
  readonly path: () => string;
  readonly isRepeated: boolean;
}

/** All fields of a JSON text, in its order. */
function* fields(text: string): Generator<Field, void, undefined> {
  const open: Open[] = [];
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    const here = open.at(-1);
    if (character === '{') open.push({ keys: new Set(), at: '', index: 0 });
    else if (character === '[') open.push({ keys: undefined, at: '[0]', index: 0 });
    else if (character === '}' || character === ']') open.pop();
    else if (character === ',' && here !== undefined && here.keys === undefined)
      here.at = `[${++here.index}]`;
    else if (character === '"') {
      const end = endOfString(text, index);
      const keys = here?.keys;
      if (here !== undefined && keys !== undefined && nextIsColon(text, end)) {
        here.at = JSON.parse(text.slice(index, end)) as string;
        const repeated = keys.has(here.at);
        keys.add(here.at);
        yield { path: () => pathOf(open), isRepeated: repeated };
      }
      index = end - 1;
    }
  }
}

function endOfString(text: string, start: number): number {
  let index = start + 1;
  while (index < text.length && text.charAt(index) !== '"') index += text.charAt(index) === '\\' ? 2 : 1;
  return index + 1;
}

function nextIsColon(text: string, from: number): boolean {
  let index = from;
  while (/\s/.test(text.charAt(index))) index++;
  return text.charAt(index) === ':';
}

function pathOf(open: readonly Open[]): string {
  return open
    .map(({ at }) => (at.startsWith('[') ? at : `.${at}`))
    .join('')
    .replace(/^\./, '');
}

/** The same of a YAML text: one message for all, with their lines, in the words of the server's YAML decoder. */
export function duplicateKeys(text: string): string | undefined {
  const lines = new LineCounter();
  const { errors } = parseDocument(text, { uniqueKeys: true, prettyErrors: false, lineCounter: lines });
  const told = errors
    .filter(({ code }) => code === 'DUPLICATE_KEY')
    .slice(0, MAX_REPORTED)
    .map(({ pos: [start] }) => {
      const key = /^"?([^"\s:]+)/.exec(text.slice(start))?.[1] ?? '';
      return `\n  line ${lines.linePos(start).line}: key ${JSON.stringify(key)} already set in map`;
    });
  return told.length === 0 ? undefined : `yaml: unmarshal errors:${told.join('')}`;
}
