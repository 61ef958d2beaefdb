import type { Json } from './json.ts';
import type { NativeFunction } from './native.ts';
import { CompileProblem } from './syntax.ts';
import type { Definition, Pattern, Term } from './syntax.ts';

export interface Closure {
  readonly term: Term;
  readonly scope: Scope;
}

/** Names in force, innermost first. */
export interface Scope {
  readonly parent: Scope | undefined;
  readonly variable?: { readonly name: string; readonly value: Json };
  readonly definition?: Definition;
  readonly closure?: { readonly name: string; readonly closure: Closure };
  readonly label?: { readonly name: string; readonly token: object };
}

/** The variables that a pattern binds. */
export function namesOf(pattern: Pattern): readonly string[] {
  if (pattern.kind === 'variable') return [pattern.name];
  if (pattern.kind === 'array') return pattern.items.flatMap(namesOf);
  return pattern.fields.flatMap((field) => [
    ...(field.variable === undefined ? [] : [field.variable]),
    ...(field.pattern === undefined ? [] : namesOf(field.pattern)),
  ]);
}

const BUILT_IN = new Set(['empty/0', 'path/1', 'getpath/1', 'input/0', 'inputs/0']);

/** Looks every name of a program up, as jq does when it compiles. */
export class NameChecker {
  readonly #natives: ReadonlyMap<string, NativeFunction>;

  constructor(natives: ReadonlyMap<string, NativeFunction>) {
    this.#natives = natives;
  }

  check(term: Term, scope: Scope): void {
    switch (term.kind) {
      case 'call':
        if (!this.#isDefined(term, scope))
          throw new CompileProblem(`${term.name}/${term.args.length} is not defined at <top-level>, line 1:`);
        for (const argument of term.args) this.check(argument, scope);
        return;
      case 'variable':
        if (!this.#hasVariable(term.name, scope))
          throw new CompileProblem(`$${term.name} is not defined at <top-level>, line 1:`);
        return;
      case 'define': {
        const self: Scope = { parent: scope, definition: term.definition };
        this.check(term.definition.body, this.#parameters(term.definition, self));
        this.check(term.body, self);
        return;
      }
      case 'bind': {
        this.check(term.source, scope);
        this.check(term.body, this.#bound(term.patterns, scope));
        return;
      }
      case 'reduce':
      case 'foreach': {
        this.check(term.source, scope);
        this.check(term.init, scope);
        const inner = this.#bound([term.pattern], scope);
        this.check(term.update, inner);
        if (term.kind === 'foreach' && term.extract !== undefined) this.check(term.extract, inner);
        return;
      }
      case 'object':
        for (const { key, value } of term.entries) {
          this.check(key, scope);
          this.check(value, scope);
        }
        return;
      case 'string':
        for (const part of term.parts) if (typeof part !== 'string') this.check(part, scope);
        return;
      default:
        for (const child of Object.values(term))
          if (typeof child === 'object' && child !== null && 'kind' in child)
            this.check(child as Term, scope);
    }
  }

  #parameters(definition: Definition, scope: Scope): Scope {
    return definition.parameters.reduce<Scope>((inner, parameter) => {
      const name = parameter.replace(/^\$/, '');
      const closure: Scope = {
        parent: inner,
        closure: { name, closure: { term: { kind: 'identity' }, scope } },
      };
      return parameter.startsWith('$') ? { parent: closure, variable: { name, value: null } } : closure;
    }, scope);
  }

  #bound(patterns: readonly Pattern[], scope: Scope): Scope {
    return patterns
      .flatMap(namesOf)
      .reduce<Scope>((inner, name) => ({ parent: inner, variable: { name, value: null } }), scope);
  }

  #isDefined(term: Term & { readonly kind: 'call' }, scope: Scope): boolean {
    for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
      if (at.closure?.name === term.name && term.args.length === 0) return true;
      if (at.definition?.name === term.name && at.definition.parameters.length === term.args.length)
        return true;
    }
    const key = `${term.name}/${term.args.length}`;
    return BUILT_IN.has(key) || this.#natives.has(key);
  }

  #hasVariable(name: string, scope: Scope): boolean {
    for (let at: Scope | undefined = scope; at !== undefined; at = at.parent)
      if (at.variable?.name === name) return true;
    return name === 'ENV';
  }
}
