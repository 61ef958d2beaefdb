import { absolutePath } from '@podwire/machine';
import type { FileInfo, Process, Task } from '@podwire/machine';
import { Regex } from '@podwire/sim';
import type { RegexMatch } from '@podwire/sim';
import type { Condition } from './ast.ts';
import { ExpansionFailure } from './errors.ts';
import type { Expander } from './expand.ts';
import type { Io } from './io.ts';
import type { Shell } from './shell.ts';

/** `[[ … ]]`: 0, 1, or 2 for an expression that makes no sense. */
export function* evaluateCondition(shell: Shell, expander: Expander, condition: Condition, io: Io): Task {
  switch (condition.kind) {
    case 'and': {
      const left = yield* evaluateCondition(shell, expander, condition.left, io);
      return left === 0 ? yield* evaluateCondition(shell, expander, condition.right, io) : left;
    }
    case 'or': {
      const left = yield* evaluateCondition(shell, expander, condition.left, io);
      return left === 0 ? 0 : yield* evaluateCondition(shell, expander, condition.right, io);
    }
    case 'not': {
      const inner = yield* evaluateCondition(shell, expander, condition.inner, io);
      return inner === 0 ? 1 : 0;
    }
    case 'unary': {
      const operand = yield* expander.single(condition.operand, io);
      return condition.operator === '-v'
        ? code(shell.variables.value(operand) !== undefined)
        : code(unaryTest(shell.process, condition.operator, operand, io));
    }
    case 'binary':
      return yield* binary(shell, expander, condition, io);
  }
}

function code(truth: boolean): number {
  return truth ? 0 : 1;
}

function* binary(
  shell: Shell,
  expander: Expander,
  condition: Condition & { readonly kind: 'binary' },
  io: Io,
): Task {
  const left = yield* expander.single(condition.left, io);
  switch (condition.operator) {
    case '=':
    case '==':
    case '!=': {
      const pattern = yield* expander.pattern(condition.right, io);
      return code(pattern.matches(left) === (condition.operator !== '!='));
    }
    case '=~': {
      const pieces = yield* expander.pieces(condition.right, io);
      const source = pieces
        .map((piece) => (piece.quoted ? piece.text.replace(/[.[\]{}()*+?^$|\\]/g, '\\$&') : piece.text))
        .join('');
      const regex = Regex.compile(source, { syntax: 'extended' });
      if (!regex.ok) return 2;
      const found = regex.value.search(left, 0);
      shell.variables.setArray('BASH_REMATCH', rematchOf(found));
      return code(found !== undefined);
    }
    case '<':
    case '>': {
      const right = yield* expander.single(condition.right, io);
      return code(condition.operator === '<' ? left < right : left > right);
    }
    default: {
      const right = yield* expander.single(condition.right, io);
      if (['-nt', '-ot', '-ef'].includes(condition.operator))
        return code(compareFiles(shell.process, condition.operator, left, right));
      return code(compareNumbers(condition.operator, expander.evaluate(left), expander.evaluate(right)));
    }
  }
}

export function compareNumbers(operator: string, left: bigint, right: bigint): boolean {
  switch (operator) {
    case '-eq':
      return left === right;
    case '-ne':
      return left !== right;
    case '-lt':
      return left < right;
    case '-le':
      return left <= right;
    case '-gt':
      return left > right;
    case '-ge':
      return left >= right;
    default:
      throw new ExpansionFailure(`${operator}: binary operator expected`);
  }
}

export function compareFiles(process: Process, operator: string, left: string, right: string): boolean {
  const [a, b] = [statOf(process, left), statOf(process, right)];
  if (operator === '-ef') {
    const [pathA, pathB] = [
      process.fs.realpath(absolutePath(process.cwd, left)),
      process.fs.realpath(absolutePath(process.cwd, right)),
    ];
    return pathA.ok && pathB.ok && pathA.value === pathB.value;
  }
  if (operator === '-nt') return a !== undefined && (b === undefined || a.modifiedMs > b.modifiedMs);
  return b !== undefined && (a === undefined || a.modifiedMs < b.modifiedMs);
}

function statOf(process: Process, path: string): FileInfo | undefined {
  const info = path === '' ? undefined : process.fs.stat(absolutePath(process.cwd, path));
  return info?.ok === true ? info.value : undefined;
}

/** The unary tests of `test` and `[[`. */
export function unaryTest(process: Process, operator: string, operand: string, io: Io): boolean {
  switch (operator) {
    case '-n':
      return operand !== '';
    case '-z':
      return operand === '';
    case '-t':
      return io.readers.get(Number(operand))?.isTty ?? io.writers.get(Number(operand))?.isTty ?? false;
    case '-h':
    case '-L': {
      const info = process.fs.lstat(absolutePath(process.cwd, operand));
      return operand !== '' && info.ok && info.value.kind === 'symlink';
    }
    default:
      return fileTest(process, operator, statOf(process, operand));
  }
}

function fileTest(process: Process, operator: string, info: FileInfo | undefined): boolean {
  if (info === undefined) return false;
  const bits =
    process.machine.user === 'root'
      ? 0o6 | ((info.mode & 0o111) === 0 && info.kind !== 'directory' ? 0 : 1)
      : info.owner === process.machine.user
        ? info.mode >> 6
        : info.mode;
  switch (operator) {
    case '-a':
    case '-e':
      return true;
    case '-f':
      return info.kind === 'file' && info.device === undefined;
    case '-d':
      return info.kind === 'directory';
    case '-c':
      return info.device !== undefined;
    case '-s':
      return info.sizeBytes > 0;
    case '-r':
      return (bits & 4) !== 0;
    case '-w':
      return (bits & 2) !== 0;
    case '-x':
      return (bits & 1) !== 0;
    case '-O':
      return info.owner === process.machine.user;
    case '-u':
      return (info.mode & 0o4000) !== 0;
    case '-g':
      return (info.mode & 0o2000) !== 0;
    case '-k':
      return (info.mode & 0o1000) !== 0;
    default:
      return false;
  }
}

/** What matched, and each group of it, as the array BASH_REMATCH. */
function rematchOf(found: RegexMatch | undefined): ReadonlyMap<string, string> {
  return new Map((found?.groups ?? []).map((group, at) => [String(at), group ?? '']));
}
