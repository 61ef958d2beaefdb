import { absolutePath, errnoText } from '@podwire/machine';
import type { Process, Task } from '@podwire/machine';
import { utf8Decode } from '@podwire/sim';
import { readAll } from '../stdio/input.ts';
import { parseOptions, usageError } from '../stdio/options.ts';
import { complain, print } from '../stdio/output.ts';
import { taskProgram } from '../stdio/program.ts';
import { formatDate } from '../text/date.ts';
import { diffLines, hunksOf } from '../text/line-diff.ts';
import type { Edit, Hunk } from '../text/line-diff.ts';

const MAX_DEPTH = 50;
const NO_NEWLINE = '\\ No newline at end of file';

interface Options {
  readonly unified: number | undefined;
  readonly brief: boolean;
  readonly recursive: boolean;
  readonly newFile: boolean;
  readonly color: boolean;
  readonly key: (line: string) => string;
}

/** diff(1): normal and unified formats. Exit code 0 for equal, 1 for different, 2 for trouble. */
export const diffProgram = taskProgram(function* (process) {
  const parsed = parseOptions(process.argv.slice(1), [
    { name: 'unified', short: 'u' },
    { name: 'context', short: 'U', long: 'unified', value: 'required' },
    { name: 'brief', short: 'q', long: 'brief' },
    { name: 'ignore-case', short: 'i', long: 'ignore-case' },
    { name: 'ignore-space', short: 'w', long: 'ignore-all-space' },
    { name: 'ignore-change', short: 'b', long: 'ignore-space-change' },
    { name: 'recursive', short: 'r', long: 'recursive' },
    { name: 'new-file', short: 'N', long: 'new-file' },
    { name: 'color', long: 'color', value: 'optional' },
    { name: 'identical', short: 's', long: 'report-identical-files' },
  ]);
  if (!parsed.ok) return yield* usageError(process, parsed.message, 2);
  const [left, right, extra] = parsed.operands;
  if (left === undefined || right === undefined)
    return yield* usageError(process, `missing operand after '${left ?? 'diff'}'`, 2);
  if (extra !== undefined) return yield* usageError(process, `extra operand '${extra}'`, 2);
  const { flags } = parsed;
  const color = parsed.values.get('color');
  const options: Options = {
    unified: flags.has('context')
      ? Number(parsed.values.get('context'))
      : flags.has('unified')
        ? 3
        : undefined,
    brief: flags.has('brief'),
    recursive: flags.has('recursive'),
    newFile: flags.has('new-file'),
    color: flags.has('color') && (color === 'always' || (color !== 'never' && process.stdout.isTty)),
    key: (line) => {
      let text = flags.has('ignore-space')
        ? line.replace(/\s+/g, '')
        : flags.has('ignore-change')
          ? line.replace(/\s+/g, ' ').trimEnd()
          : line;
      if (flags.has('ignore-case')) text = text.toLowerCase();
      return text;
    },
  };
  const command = ['diff', ...process.argv.slice(1, -2)].join(' ');
  const code = yield* compare(process, left, right, options, { depth: 0, command });
  if (code === 0 && flags.has('identical'))
    yield* print(process, `Files ${left} and ${right} are identical\n`);
  return code;
});

function* compare(
  process: Process,
  left: string,
  right: string,
  options: Options,
  at: { readonly depth: number; readonly command: string },
): Task {
  const [leftDirectory, rightDirectory] = [isDirectory(process, left), isDirectory(process, right)];
  if (leftDirectory && rightDirectory) return yield* compareDirectories(process, left, right, options, at);
  const base = (name: string): string => name.split('/').at(-1) ?? '';
  const [leftFile, rightFile] = [
    leftDirectory ? `${left}/${base(right)}` : left,
    rightDirectory ? `${right}/${base(left)}` : right,
  ];
  const leftText = yield* load(process, leftFile, options.newFile);
  const rightText = yield* load(process, rightFile, options.newFile);
  if (leftText === undefined || rightText === undefined) return 2;
  if (leftText.text === rightText.text) return 0;
  const edits = compareTexts(leftText.text, rightText.text, options);
  if (!edits.some((edit) => edit.kind !== 'keep')) return 0;
  if (options.brief) {
    yield* print(process, `Files ${leftFile} and ${rightFile} differ\n`);
    return 1;
  }
  if (at.depth > 0) yield* print(process, `${at.command} ${leftFile} ${rightFile}\n`);
  yield* print(
    process,
    options.unified === undefined
      ? normalText(edits)
      : unifiedText(
          edits,
          options.unified,
          headOf(leftFile, leftText.timeMs),
          headOf(rightFile, rightText.timeMs),
          options.color,
        ),
  );
  return 1;
}

function isDirectory(process: Process, name: string): boolean {
  const info = name === '-' ? undefined : process.fs.stat(absolutePath(process.cwd, name));
  return info?.ok === true && info.value.kind === 'directory';
}

function* load(
  process: Process,
  name: string,
  missingIsEmpty: boolean,
): Task<{ readonly text: string; readonly timeMs: number } | undefined> {
  if (name === '-') return { text: utf8Decode(yield* readAll(process.stdin)), timeMs: process.nowMs() };
  const path = absolutePath(process.cwd, name);
  const data = process.fs.readFile(path);
  if (data.ok) {
    const info = process.fs.stat(path);
    return { text: utf8Decode(data.value), timeMs: info.ok ? info.value.modifiedMs : 0 };
  }
  if (missingIsEmpty && data.errno === 'ENOENT') return { text: '', timeMs: 0 };
  yield* complain(process, `diff: ${name}: ${errnoText(data.errno)}`);
  return undefined;
}

function* compareDirectories(
  process: Process,
  left: string,
  right: string,
  options: Options,
  at: { readonly depth: number; readonly command: string },
): Task {
  const [leftNames, rightNames] = [
    process.fs.list(absolutePath(process.cwd, left)),
    process.fs.list(absolutePath(process.cwd, right)),
  ];
  if (!leftNames.ok || !rightNames.ok || at.depth > MAX_DEPTH) return 2;
  let code = 0;
  for (const name of [...new Set([...leftNames.value, ...rightNames.value])].sort()) {
    yield { kind: 'step' };
    const [inLeft, inRight] = [leftNames.value.includes(name), rightNames.value.includes(name)];
    if (!(inLeft && inRight) && !options.newFile) {
      yield* print(process, `Only in ${inLeft ? left : right}: ${name}\n`);
      code = Math.max(code, 1);
      continue;
    }
    const [a, b] = [`${left.replace(/\/$/, '')}/${name}`, `${right.replace(/\/$/, '')}/${name}`];
    if (isDirectory(process, a) && isDirectory(process, b) && !options.recursive)
      yield* print(process, `Common subdirectories: ${a} and ${b}\n`);
    else code = Math.max(code, yield* compare(process, a, b, options, { ...at, depth: at.depth + 1 }));
  }
  return code;
}

/** A last line without its line feed is another line than one with it. */
function compareTexts(left: string, right: string, options: Options): readonly Edit[] {
  const split = (text: string): string[] =>
    text === ''
      ? []
      : (text.endsWith('\n') ? text.slice(0, -1) : `${text}\n${NO_NEWLINE}`)
          .split('\n')
          .reduce<string[]>(
            (lines, line) =>
              line === NO_NEWLINE && lines.length > 0
                ? [...lines.slice(0, -1), `${lines.at(-1) ?? ''}\n${NO_NEWLINE}`]
                : (lines.push(line), lines),
            [],
          );
  const [leftLines, rightLines] = [split(left), split(right)];
  const edits = diffLines(leftLines.map(options.key), rightLines.map(options.key));
  let [leftAt, rightAt] = [0, 0];
  return edits.map((edit) => {
    const line = edit.kind === 'add' ? (rightLines[rightAt] ?? '') : (leftLines[leftAt] ?? '');
    if (edit.kind !== 'add') leftAt++;
    if (edit.kind !== 'remove') rightAt++;
    return { kind: edit.kind, line };
  });
}

function headOf(name: string, timeMs: number): string {
  return `${name}\t${formatDate('%Y-%m-%d %H:%M:%S.%N', timeMs)} +0000`;
}

function rangeText(range: { readonly start: number; readonly count: number }): string {
  return range.count === 1 ? String(range.start) : `${range.start},${range.count}`;
}

/** The unified format, as `diff -u` and `kubectl diff` print it. */
export function unifiedText(
  edits: readonly Edit[],
  context: number,
  left: string,
  right: string,
  color = false,
): string {
  const paint = (code: string, text: string): string => (color ? `\x1b[${code}m${text}\x1b[0m` : text);
  const marks = { keep: ' ', remove: '-', add: '+' } as const;
  const colors = { keep: '', remove: '31', add: '32' } as const;
  let text = `${paint('1', `--- ${left}`)}\n${paint('1', `+++ ${right}`)}\n`;
  for (const hunk of hunksOf(edits, context)) {
    text += `${paint('36', `@@ -${rangeText(hunk.left)} +${rangeText(hunk.right)} @@`)}\n`;
    for (const edit of hunk.edits)
      text += `${edit.kind === 'keep' ? ` ${edit.line}` : paint(colors[edit.kind], marks[edit.kind] + edit.line)}\n`;
  }
  return text;
}

function normalText(edits: readonly Edit[]): string {
  return hunksOf(edits, 0).map(normalHunk).join('');
}

function normalHunk(hunk: Hunk): string {
  const removed = hunk.edits.filter((edit) => edit.kind === 'remove');
  const added = hunk.edits.filter((edit) => edit.kind === 'add');
  const range = ({ start, count }: { readonly start: number; readonly count: number }): string =>
    count <= 1 ? String(start) : `${start},${start + count - 1}`;
  const letter = removed.length === 0 ? 'a' : added.length === 0 ? 'd' : 'c';
  return `${range(hunk.left)}${letter}${range(hunk.right)}\n${removed.map((edit) => `< ${edit.line}\n`).join('')}${letter === 'c' ? '---\n' : ''}${added.map((edit) => `> ${edit.line}\n`).join('')}`;
}
