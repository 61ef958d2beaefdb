/** The most text that all variables of one shell hold, characters: what `x=$x$x` in a loop can cost. */
const MAX_TOTAL_LENGTH = 8 * 1024 * 1024;

export interface Variable {
  readonly value: string | undefined;
  readonly exported: boolean;
  readonly readOnly: boolean;
  readonly integer: boolean;
  /** Arrays only: their values by subscript. `value` is then that of subscript 0. */
  readonly elements?: ReadonlyMap<string, string>;
  /** Whether the subscripts are any text, as `declare -A` makes them. */
  readonly associative?: boolean;
}

const NO_ELEMENTS: ReadonlyMap<string, string> = new Map();

export type SetOutcome = 'ok' | 'read-only' | 'too-large';

/** Shell variables with the scopes that `local` opens. */
export class Variables {
  #scopes: Map<string, Variable>[] = [new Map<string, Variable>()];
  #totalLength = 0;

  static fromEnvironment(environment: ReadonlyMap<string, string>): Variables {
    const variables = new Variables();
    for (const [name, value] of environment)
      variables.#global().set(name, { value, exported: true, readOnly: false, integer: false });
    return variables;
  }

  clone(): Variables {
    const copy = new Variables();
    copy.#scopes = this.#scopes.map((scope) => new Map(scope));
    copy.#totalLength = this.#totalLength;
    return copy;
  }

  get(name: string): Variable | undefined {
    return this.#scopeOf(name)?.get(name);
  }

  value(name: string): string | undefined {
    return this.get(name)?.value;
  }

  set(name: string, value: string): SetOutcome {
    const known = this.get(name);
    if (known?.readOnly === true) return 'read-only';
    if (known?.elements !== undefined) return this.setElement(name, '0', value);
    const growth = value.length - (known?.value?.length ?? 0);
    if (growth > 0 && this.#totalLength + growth > MAX_TOTAL_LENGTH) return 'too-large';
    this.#totalLength += growth;
    (this.#scopeOf(name) ?? this.#global()).set(name, {
      value,
      exported: known?.exported ?? false,
      readOnly: false,
      integer: known?.integer ?? false,
    });
    return 'ok';
  }

  /** The values of an array by subscript; a plain variable is an array of one. */
  elements(name: string): ReadonlyMap<string, string> {
    const known = this.get(name);
    if (known?.elements !== undefined) return known.elements;
    return known?.value === undefined ? NO_ELEMENTS : new Map([['0', known.value]]);
  }

  setElement(name: string, key: string, value: string): SetOutcome {
    return this.setArray(name, new Map(this.elements(name)).set(key, value));
  }

  /** Makes an array of it. Subscripts that are numbers are kept in their order. */
  setArray(
    name: string,
    elements: ReadonlyMap<string, string>,
    associative = this.get(name)?.associative ?? false,
  ): SetOutcome {
    const known = this.get(name);
    if (known?.readOnly === true) return 'read-only';
    const size = (values: Iterable<string>): number =>
      [...values].reduce((sum, text) => sum + text.length, 0);
    const growth = size(elements.values()) - size(this.elements(name).values());
    if (growth > 0 && this.#totalLength + growth > MAX_TOTAL_LENGTH) return 'too-large';
    this.#totalLength += growth;
    const ordered = associative
      ? elements
      : new Map([...elements].sort(([left], [right]) => Number(left) - Number(right)));
    (this.#scopeOf(name) ?? this.#global()).set(name, {
      value: ordered.get('0'),
      exported: known?.exported ?? false,
      readOnly: false,
      integer: known?.integer ?? false,
      elements: ordered,
      associative,
    });
    return 'ok';
  }

  mark(name: string, marks: Partial<Pick<Variable, 'exported' | 'readOnly' | 'integer'>>): void {
    const known = this.get(name) ?? { value: undefined, exported: false, readOnly: false, integer: false };
    (this.#scopeOf(name) ?? this.#global()).set(name, { ...known, ...marks });
  }

  unset(name: string): SetOutcome {
    const known = this.get(name);
    if (known?.readOnly === true) return 'read-only';
    this.#totalLength -= known?.value?.length ?? 0;
    this.#scopeOf(name)?.delete(name);
    return 'ok';
  }

  /** Opens a function's scope. */
  enter(): void {
    this.#scopes.push(new Map());
  }

  leave(): void {
    this.#scopes.pop();
  }

  get inFunction(): boolean {
    return this.#scopes.length > 1;
  }

  /** `local name`: a fresh variable in the innermost scope. */
  declareLocal(name: string): void {
    const scope = this.#scopes.at(-1);
    if (scope !== undefined && !scope.has(name))
      scope.set(name, {
        value: undefined,
        exported: this.get(name)?.exported ?? false,
        readOnly: false,
        integer: false,
      });
  }

  /** Puts back what `get` gave earlier, for assignments that last one command. */
  restore(name: string, before: Variable | undefined): void {
    const scope = this.#scopeOf(name) ?? this.#global();
    if (before === undefined) scope.delete(name);
    else scope.set(name, before);
  }

  exported(): Map<string, string> {
    const environment = new Map<string, string>();
    for (const scope of this.#scopes) {
      for (const [name, variable] of scope) {
        if (variable.exported && variable.value !== undefined) environment.set(name, variable.value);
        else environment.delete(name);
      }
    }
    return environment;
  }

  /** All that are set, by name. */
  all(): readonly (readonly [string, Variable])[] {
    const merged = new Map<string, Variable>();
    for (const scope of this.#scopes) for (const [name, variable] of scope) merged.set(name, variable);
    return [...merged].sort(([left], [right]) => (left < right ? -1 : 1));
  }

  #global(): Map<string, Variable> {
    const [global] = this.#scopes;
    if (global === undefined) throw new Error('a shell has a global scope');
    return global;
  }

  #scopeOf(name: string): Map<string, Variable> | undefined {
    return this.#scopes.findLast((scope) => scope.has(name));
  }
}
