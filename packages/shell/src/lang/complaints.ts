import type { Task } from '@podwire/machine';
import { writeText } from '../stdio/output.ts';
import { ShellExit } from './control.ts';
import { IncompleteError, SyntaxProblem } from './errors.ts';
import { errorsOf } from './io.ts';
import type { Io } from './io.ts';
import type { Parser } from './parser.ts';
import type { Shell } from './shell.ts';
import { dashText } from './texts.ts';

/** Says what is wrong with a program's text. A shell that isn't interactive ends with it. */
export function* syntaxError(shell: Shell, error: unknown, parser: Parser, io: Io, text: string): Task {
  if (!(error instanceof SyntaxProblem || error instanceof IncompleteError)) throw error;
  shell.line =
    parser.line + (error instanceof IncompleteError && error.atEnd && !text.endsWith('\n') ? 1 : 0);
  const code = error instanceof SyntaxProblem && error.sort === 'expansion' ? 1 : 2;
  const where = shell.place.fromArgument && error instanceof Error && code === 2 ? '-c: ' : '';
  if (shell.place.dialect === 'sh') yield* shell.complain(dashText(error), io);
  else yield* writeText(errorsOf(io), `${shell.prefix(where)}${error.message}\n`);
  if (
    error instanceof SyntaxProblem &&
    error.message.includes('near unexpected token') &&
    shell.place.numbered &&
    shell.place.dialect === 'bash'
  )
    yield* writeText(errorsOf(io), `${shell.prefix(where)}\`${parser.currentLine()}'\n`);
  shell.status = code;
  if (!shell.place.interactive) throw new ShellExit(code);
  return code;
}

/** Says why a program cannot start; its exit code. */
export function* notStarted(
  shell: Shell,
  name: string,
  reason: 'not-found' | 'not-executable' | 'too-many-processes',
  io: Io,
): Task {
  const sh = shell.place.dialect === 'sh';
  if (reason === 'too-many-processes') {
    yield* shell.complain(
      sh ? "can't fork: Resource temporarily unavailable" : 'fork: retry: Resource temporarily unavailable',
      io,
    );
    return sh ? 2 : 254;
  }
  if (reason === 'not-found') {
    const missing =
      name.includes('/') && !sh ? 'No such file or directory' : sh ? 'not found' : 'command not found';
    yield* shell.complain(`${name}: ${missing}`, io);
    return 127;
  }
  const info = shell.process.fs.stat(name.startsWith('/') ? name : `${shell.process.cwd}/${name}`);
  const directory = info.ok && info.value.kind === 'directory' && name.includes('/');
  yield* shell.complain(`${name}: ${directory && !sh ? 'Is a directory' : 'Permission denied'}`, io);
  return 126;
}
