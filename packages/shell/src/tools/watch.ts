import type { Process, ReadStream, Task } from '@podwire/machine';
import { utf8Decode } from '@podwire/sim';
import { FullScreen, fitted, visibleText } from '../editors/full-screen.ts';
import { joinBytes, readChunk } from '../stdio/input.ts';
import { parseOptions, usageError } from '../stdio/options.ts';
import { complain, print } from '../stdio/output.ts';
import { taskProgram, waitForExit } from '../stdio/program.ts';
import { formatDate } from '../text/date.ts';

/** What of a command's output is kept for the screen, bytes. */
const MAX_OUTPUT_BYTES = 256 * 1024;
const MIN_INTERVAL_S = 0.1;

/** watch(1). */
export const watchProgram = taskProgram(function* (process) {
  const parsed = parseOptions(
    process.argv.slice(1),
    [
      { name: 'interval', short: 'n', long: 'interval', value: 'required' },
      { name: 'differences', short: 'd', long: 'differences', value: 'optional' },
      { name: 'no-title', short: 't', long: 'no-title' },
      { name: 'exec', short: 'x', long: 'exec' },
      { name: 'color', short: 'c', long: 'color' },
      { name: 'errexit', short: 'e', long: 'errexit' },
      { name: 'chgexit', short: 'g', long: 'chgexit' },
    ],
    { stopAtOperand: true },
  );
  if (!parsed.ok) return yield* usageError(process, parsed.message);
  if (parsed.operands.length === 0) return yield* usageError(process, 'missing command');
  const seconds = Math.max(MIN_INTERVAL_S, Number(parsed.values.get('interval') ?? 2));
  if (Number.isNaN(seconds))
    return yield* complain(
      process,
      `watch: failed to parse argument: '${parsed.values.get('interval') ?? ''}'`,
    );
  const command = parsed.operands.join(' ');
  const argv = parsed.flags.has('exec') ? parsed.operands : ['sh', '-c', command];
  const { tty } = process;
  if (tty === undefined) return yield* withoutScreen(process, argv, seconds);
  return yield* FullScreen.run(process, tty, function* (screen) {
    let before: readonly string[] | undefined;
    for (;;) {
      const run = yield* capture(process, argv);
      if (typeof run === 'string') return yield* complain(process, run, 127);
      const lines = run.output
        .replaceAll('\r', '')
        .split('\n')
        .map((line) => (parsed.flags.has('color') ? line : line.replace(/\x1b\[[0-9;]*[A-Za-z]/g, '')));
      const title = parsed.flags.has('no-title')
        ? []
        : [titleRow(process, seconds, command, tty.columns), ''];
      const rows = lines
        .slice(0, tty.rows - title.length)
        .map((line, index) =>
          parsed.flags.has('differences') && before !== undefined
            ? withDifferences(line, before[index] ?? '', tty.columns)
            : visibleText(line, 0, tty.columns),
        );
      yield* screen.draw({ rows: [...title, ...rows], cursor: { row: tty.rows - 1, column: 0 } });
      if (parsed.flags.has('errexit') && run.code !== 0) return run.code;
      if (parsed.flags.has('chgexit') && before !== undefined && before.join('\n') !== lines.join('\n'))
        return 0;
      before = lines;
      if (yield* waitForKey(process, screen, seconds)) return 0;
    }
  });
});

/** Sleeps for the interval; true when the user wants to leave. */
function* waitForKey(process: Process, screen: FullScreen, seconds: number): Task<boolean> {
  const end = process.nowMs() + seconds * 1000;
  for (;;) {
    const left = end - process.nowMs();
    if (left <= 0) return false;
    const which = yield {
      kind: 'any',
      of: [
        { kind: 'readable', stream: screen.tty.input },
        { kind: 'sleep', ms: left },
      ],
    };
    if (which !== 0) {
      if (which < 0) return false;
      continue;
    }
    const key = yield* screen.key();
    if (key === undefined) continue;
    if (
      key.kind === 'end' ||
      (key.kind === 'control' && key.letter === 'C') ||
      (key.kind === 'text' && key.text.includes('q'))
    )
      return true;
  }
}

function titleRow(process: Process, seconds: number, command: string, columns: number): string {
  const right = `${process.machine.hostname}: ${formatDate('%a %b %e %H:%M:%S %Y', process.nowMs())}`;
  const left = `Every ${seconds.toFixed(1)}s: ${command}`;
  return fitted(left, Math.max(0, columns - right.length - 1)) + (columns > right.length ? ` ${right}` : '');
}

function withDifferences(line: string, before: string, columns: number): string {
  const shown = Array.from(visibleText(line, 0, columns));
  const differs = (index: number): boolean =>
    shown[index] !== undefined && shown[index] !== (before.charAt(index) === '' ? ' ' : before.charAt(index));
  const pieces = shown.map(
    (character, index) =>
      (differs(index) && !differs(index - 1) ? '\x1b[7m' : '') +
      character +
      (differs(index) && !differs(index + 1) ? '\x1b[0m' : ''),
  );
  return pieces.join('');
}

/** Runs a command and takes in what it prints, or says why it cannot run. */
function* capture(
  process: Process,
  argv: readonly string[],
): Task<{ readonly output: string; readonly code: number } | string> {
  const pipe = process.pipe();
  const spawned = process.spawn({
    argv,
    stdin: { isTty: false, read: () => undefined },
    stdout: pipe.write,
    stderr: pipe.write,
  });
  if (!spawned.ok)
    return `watch: ${argv[0] ?? ''}: ${spawned.reason === 'not-found' ? 'No such file or directory' : 'cannot run'}`;
  const output = yield* drain(pipe.read);
  const code = yield* waitForExit(process, spawned.pid);
  return { output, code };
}

function* drain(stream: ReadStream): Task<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (let chunk = yield* readChunk(stream); chunk !== undefined; chunk = yield* readChunk(stream)) {
    if (size < MAX_OUTPUT_BYTES) chunks.push(chunk);
    size += chunk.length;
    yield { kind: 'step' };
  }
  return utf8Decode(joinBytes(chunks)).replace(/\n$/, '');
}

function* withoutScreen(process: Process, argv: readonly string[], seconds: number): Task {
  for (;;) {
    const run = yield* capture(process, argv);
    if (typeof run === 'string') return yield* complain(process, run, 127);
    yield* print(process, `${run.output}\n`);
    yield { kind: 'sleep', ms: seconds * 1000 };
  }
}
