import type { Task } from '@podwire/machine';
import { writeText } from '../stdio/output.ts';
import type { Compound, List, Word } from './ast.ts';
import { LoopJump } from './control.ts';
import { assignVariable } from './expand.ts';
import type { Expander } from './expand.ts';
import { errorsOf, outputOf } from './io.ts';
import type { Io } from './io.ts';
import type { Shell } from './shell.ts';

/** What loops run: lists, lists whose failure is looked at, and builtins. */
interface LoopRunner {
  runList(list: List, io: Io): Task;
  held(list: List, io: Io): Task;
  runArgv(argv: readonly string[], io: Io, options: { readonly functions: boolean }): Task;
}

/** `for`, `select`, `while`, `until` and `case`. */
export class Loops {
  readonly #shell: Shell;
  readonly #expander: Expander;
  readonly #runner: LoopRunner;

  constructor(shell: Shell, expander: Expander, runner: LoopRunner) {
    this.#shell = shell;
    this.#expander = expander;
    this.#runner = runner;
  }

  *select(body: Compound & { readonly kind: 'for' | 'select' }, io: Io): Task {
    const shell = this.#shell;
    const choices = body.words === undefined ? shell.positional : yield* this.#expander.words(body.words, io);
    if (choices.length === 0) return 0;
    const menu = choices.map((choice, at) => `${at + 1}) ${choice}\n`).join('');
    let status = 0;
    let shows = true;
    yield* this.#loop(endless(), function* (this: Loops) {
      yield* writeText(errorsOf(io), `${shows ? menu : ''}${shell.variables.value('PS3') ?? '#? '}`);
      if ((yield* this.#runner.runArgv(['read', '-r', 'REPLY'], io, { functions: false })) !== 0) {
        yield* writeText(outputOf(io), '\n');
        status = 1;
        return false;
      }
      const reply = shell.variables.value('REPLY') ?? '';
      shows = reply === '';
      if (shows) return true;
      assignVariable(shell, body.name, /^\d+$/.test(reply) ? (choices[Number(reply) - 1] ?? '') : '');
      status = yield* this.#runner.runList(body.body, io);
      return true;
    });
    return status;
  }

  *for(body: Compound & { readonly kind: 'for' | 'select' }, io: Io): Task {
    const values =
      body.words === undefined ? this.#shell.positional : yield* this.#expander.words(body.words, io);
    let status = 0;
    yield* this.#loop(values.values(), function* (this: Loops, value: string) {
      assignVariable(this.#shell, body.name, value);
      status = yield* this.#runner.runList(body.body, io);
      return true;
    });
    return status;
  }

  *arithmeticFor(body: Compound & { readonly kind: 'arithmetic-for' }, io: Io): Task {
    const evaluate = (parts: typeof body.init): Task<bigint> => this.#expander.arithmetic(parts, io);
    yield* evaluate(body.init);
    let status = 0;
    let first = true;
    yield* this.#loop(endless(), function* (this: Loops) {
      if (!first) yield* evaluate(body.step);
      first = false;
      if (body.condition.length > 0 && (yield* evaluate(body.condition)) === 0n) return false;
      status = yield* this.#runner.runList(body.body, io);
      return true;
    });
    return status;
  }

  *while(body: Compound & { readonly kind: 'while' }, io: Io): Task {
    let status = 0;
    yield* this.#loop(endless(), function* (this: Loops) {
      if (((yield* this.#runner.held(body.condition, io)) === 0) === body.until) return false;
      status = yield* this.#runner.runList(body.body, io);
      return true;
    });
    return status;
  }

  /** The turns of a loop, with `break` and `continue`. A turn that returns false ends it. */
  *#loop<Value>(values: Iterator<Value>, turn: (this: Loops, value: Value) => Task<boolean>): Task<void> {
    const shell = this.#shell;
    shell.loopDepth++;
    try {
      for (let next = values.next(); next.done !== true; next = values.next()) {
        yield* shell.step();
        try {
          if (!(yield* turn.call(this, next.value))) return;
        } catch (error) {
          if (!(error instanceof LoopJump)) throw error;
          if (--error.levels > 0 && shell.loopDepth > 1) throw error;
          if (error.kind === 'break') return;
        }
      }
    } finally {
      shell.loopDepth--;
    }
  }

  *case(body: Compound & { readonly kind: 'case' }, io: Io): Task {
    const subject = yield* this.#expander.single(body.subject, io);
    let status = 0;
    let fallThrough = false;
    for (const clause of body.clauses) {
      if (!fallThrough && !(yield* this.#matchesAny(clause.patterns, subject, io))) continue;
      status = yield* this.#runner.runList(clause.body, io);
      if (clause.end === ';;') return status;
      fallThrough = clause.end === ';&';
    }
    return status;
  }

  *#matchesAny(patterns: readonly Word[], subject: string, io: Io): Task<boolean> {
    for (const word of patterns) if ((yield* this.#expander.pattern(word, io)).matches(subject)) return true;
    return false;
  }
}

function* endless(): Generator<undefined, void> {
  for (;;) yield undefined;
}
