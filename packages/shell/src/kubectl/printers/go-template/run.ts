import { goSprint } from '../../values/go-text.ts';
import { compareText, isObject } from '../../values/json.ts';
import type { JsonValue } from '../../values/json.ts';
import { callFunction } from './functions.ts';
import { TemplateFailure } from './failure.ts';
import { columnOf, lineOf } from './parse.ts';
import type { Operand, Pipeline, TemplateNode } from './parse.ts';

/** A value in a running template; undefined is what a missing key gives. */
export type TemplateValue = JsonValue | undefined;

/** Steps of one run: nested ranges over large lists stay bounded. */
const MAX_STEPS = 2_000_000;
/** Output of one run, in characters. */
const MAX_OUTPUT = 16 * 1024 * 1024;

class LoopControl extends Error {
  readonly word: 'break' | 'continue';
  constructor(word: 'break' | 'continue') {
    super(word);
    this.word = word;
  }
}

export function truth(value: TemplateValue): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  return !isObject(value) || Object.keys(value).length > 0;
}

export type RunResult =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly text: string; readonly message: string };

/** Runs a parsed template on one object. What was written before a failure is kept, as Go keeps it. */
export function runTemplate(
  template: string,
  nodes: readonly TemplateNode[],
  data: JsonValue,
  options: { readonly allowMissing: boolean },
): RunResult {
  const run = new Run(template, options.allowMissing);
  try {
    run.nodes(nodes, data, new Map([['$', data]]));
    return { ok: true, text: run.text() };
  } catch (error) {
    if (error instanceof TemplateFailure) return { ok: false, text: run.text(), message: error.message };
    throw error;
  }
}

class Run {
  private readonly template: string;
  private readonly allowMissing: boolean;
  private readonly parts: string[] = [];
  private length = 0;
  private steps = 0;

  constructor(template: string, allowMissing: boolean) {
    this.template = template;
    this.allowMissing = allowMissing;
  }

  text(): string {
    return this.parts.join('');
  }

  private put(text: string): void {
    this.length += text.length;
    if (this.length > MAX_OUTPUT) throw new TemplateFailure('template: output: the output is too long');
    this.parts.push(text);
  }

  private failAt(at: number, context: string, message: string): never {
    throw new TemplateFailure(
      `template: output:${lineOf(this.template, at)}:${columnOf(this.template, at)}: executing "output" at <${context}>: ${message}`,
    );
  }

  nodes(nodes: readonly TemplateNode[], dot: TemplateValue, variables: Map<string, TemplateValue>): void {
    for (const node of nodes) {
      this.steps += 1;
      if (this.steps > MAX_STEPS) throw new TemplateFailure('template: output: too many steps');
      this.node(node, dot, variables);
    }
  }

  private node(node: TemplateNode, dot: TemplateValue, variables: Map<string, TemplateValue>): void {
    switch (node.kind) {
      case 'text':
        this.put(node.text);
        return;
      case 'output': {
        const value = this.pipeline(node.pipeline, dot, variables);
        if (node.pipeline.declares.length === 0) this.put(printed(value));
        return;
      }
      case 'if':
      case 'with': {
        const scope = new Map(variables);
        const value = this.pipeline(node.pipeline, dot, scope);
        if (truth(value)) this.nodes(node.body, node.kind === 'with' ? value : dot, scope);
        else this.nodes(node.otherwise, dot, scope);
        carry(variables, scope);
        return;
      }
      case 'range':
        this.range(node, dot, variables);
        return;
      case 'break':
      case 'continue':
        throw new LoopControl(node.kind);
    }
  }

  private range(
    node: TemplateNode & { kind: 'if' | 'with' | 'range' },
    dot: TemplateValue,
    variables: Map<string, TemplateValue>,
  ): void {
    const { declares } = node.pipeline;
    const value = this.pipeline({ ...node.pipeline, declares: [] }, dot, variables);
    const entries = this.entriesOf(value, node.pipeline);
    if (entries.length === 0) {
      this.nodes(node.otherwise, dot, variables);
      return;
    }
    for (const [key, item] of entries) {
      const scope = new Map(variables);
      const [first, second] = declares;
      if (first !== undefined) scope.set(first, second === undefined ? item : key);
      if (second !== undefined) scope.set(second, item);
      try {
        this.nodes(node.body, item, scope);
      } catch (error) {
        if (!(error instanceof LoopControl)) throw error;
        if (error.word === 'break') break;
      } finally {
        carry(variables, scope);
      }
    }
  }

  private entriesOf(
    value: TemplateValue,
    pipeline: Pipeline,
  ): readonly (readonly [TemplateValue, TemplateValue])[] {
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return value.map((item, i) => [i, item]);
    if (isObject(value))
      return Object.keys(value)
        .sort(compareText)
        .map((key) => [key, value[key]]);
    if (typeof value === 'number' && Number.isInteger(value))
      return Array.from({ length: Math.min(Math.max(value, 0), MAX_STEPS) }, (_, i) => [i, i]);
    const [operand] = pipeline.commands.at(-1) ?? [];
    return this.failAt(
      operand?.at ?? pipeline.at,
      operandText(operand),
      `range can't iterate over ${goSprint(value)}`,
    );
  }

  private pipeline(
    pipeline: Pipeline,
    dot: TemplateValue,
    variables: Map<string, TemplateValue>,
  ): TemplateValue {
    let value: TemplateValue;
    pipeline.commands.forEach((command, i) => {
      value = this.command(command, dot, variables, i > 0 ? [value] : []);
    });
    const [name] = pipeline.declares;
    if (name !== undefined) variables.set(name, value);
    return value;
  }

  private command(
    command: readonly Operand[],
    dot: TemplateValue,
    variables: Map<string, TemplateValue>,
    piped: readonly TemplateValue[],
  ): TemplateValue {
    const [first, ...rest] = command;
    if (first === undefined) return undefined;
    if (first.kind !== 'function') {
      if (rest.length > 0 || piped.length > 0)
        this.failAt(
          first.at,
          operandText(first),
          `can't give argument to non-function ${operandText(first)}`,
        );
      return this.operand(first, dot, variables);
    }
    const { name } = first;
    // `and` and `or` stop at the first argument that decides.
    if ((name === 'and' || name === 'or') && rest.length > 0) {
      let value: TemplateValue;
      for (const operand of rest) {
        value = this.operand(operand, dot, variables);
        if (truth(value) === (name === 'or')) return value;
      }
      return piped.length > 0 ? piped[0] : value;
    }
    const values = [...rest.map((operand) => this.operand(operand, dot, variables)), ...piped];
    const outcome = callFunction(name, values);
    if (outcome.ok) return outcome.value;
    return this.failAt(
      first.at,
      [name, ...rest.map(operandText)].join(' '),
      outcome.arity ? outcome.message : `error calling ${name}: ${outcome.message}`,
    );
  }

  private operand(
    operand: Operand,
    dot: TemplateValue,
    variables: Map<string, TemplateValue>,
  ): TemplateValue {
    switch (operand.kind) {
      case 'literal':
        return operand.value;
      case 'field':
        return this.follow(dot, operand.path, operand);
      case 'variable':
        return this.follow(variables.get(operand.name), operand.path, operand);
      case 'group':
        return this.follow(this.pipeline(operand.pipeline, dot, variables), operand.path, operand);
      case 'function': {
        const outcome = callFunction(operand.name, []);
        return outcome.ok ? outcome.value : this.failAt(operand.at, operand.name, outcome.message);
      }
    }
  }

  private follow(start: TemplateValue, path: readonly string[], operand: Operand): TemplateValue {
    let value = start;
    path.forEach((name, i) => {
      const at = operand.at + (i === 0 ? 0 : path.slice(0, i).join('.').length + 1);
      // What is missing stays missing; what is null has no fields.
      if (value === undefined) return;
      if (value === null) {
        this.failAt(at, operandText(operand), `nil pointer evaluating interface {}.${name}`);
      } else if (!isObject(value)) {
        this.failAt(at, operandText(operand), `can't evaluate field ${name} in type interface {}`);
      } else if (!Object.hasOwn(value, name)) {
        if (!this.allowMissing)
          this.failAt(at, operandText(operand), `map has no entry for key ${JSON.stringify(name)}`);
        value = undefined;
      } else {
        value = value[name];
      }
    });
    return value;
  }
}

/** Assignments reach variables that were declared outside the block. */
function carry(outer: Map<string, TemplateValue>, inner: Map<string, TemplateValue>): void {
  for (const name of outer.keys()) outer.set(name, inner.get(name));
}

function printed(value: TemplateValue): string {
  return value === undefined || value === null ? '<no value>' : goSprint(value);
}

export function operandText(operand: Operand | undefined): string {
  if (operand === undefined) return '';
  const tail = 'path' in operand ? operand.path.map((name) => `.${name}`).join('') : '';
  switch (operand.kind) {
    case 'literal':
      return operand.value === null
        ? 'nil'
        : typeof operand.value === 'string'
          ? JSON.stringify(operand.value)
          : String(operand.value);
    case 'field':
      return tail === '' ? '.' : tail;
    case 'variable':
      return operand.name + tail;
    case 'function':
      return operand.name;
    case 'group':
      return `(${operand.pipeline.commands.map((command) => command.map(operandText).join(' ')).join(' | ')})${tail}`;
  }
}
