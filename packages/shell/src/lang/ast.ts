/** The syntax of a shell program, as parsed: plain data, no evaluation. */

export interface Word {
  readonly parts: readonly WordPart[];
  /** The source text, for error messages and `jobs`. */
  readonly raw: string;
}

export type WordPart =
  | { readonly kind: 'literal'; readonly text: string; readonly quoted: boolean }
  | { readonly kind: 'parameter'; readonly parameter: Parameter; readonly quoted: boolean }
  | { readonly kind: 'command'; readonly body: List; readonly quoted: boolean }
  | { readonly kind: 'arithmetic'; readonly expression: readonly WordPart[]; readonly quoted: boolean }
  | { readonly kind: 'tilde'; readonly user: string }
  /** `<(…)` and `>(…)`: a file name that stands for the command's output or input. */
  | { readonly kind: 'process'; readonly direction: 'in' | 'out'; readonly body: List }
  /** `{a,b}` and `{1..5}`, before they are multiplied out. Brace expansion comes first of all expansions. */
  | { readonly kind: 'braces'; readonly alternatives: readonly (readonly WordPart[])[] };

export type ParameterOperator =
  | { readonly kind: 'plain' }
  | { readonly kind: 'length' }
  /** `${!name}` */
  | { readonly kind: 'indirect' }
  /** `${!name[@]}` */
  | { readonly kind: 'keys' }
  /** `:-` and its kin; `colon` says whether an empty value counts as unset. */
  | {
      readonly kind: 'default' | 'assign' | 'error' | 'alternative';
      readonly colon: boolean;
      readonly word: Word;
    }
  | { readonly kind: 'strip-prefix' | 'strip-suffix'; readonly longest: boolean; readonly pattern: Word }
  | {
      readonly kind: 'replace';
      readonly where: 'first' | 'all' | 'prefix' | 'suffix';
      readonly pattern: Word;
      readonly replacement: Word;
    }
  | { readonly kind: 'substring'; readonly offset: Word; readonly length?: Word }
  /** `${x@Q}` */
  | { readonly kind: 'quote' }
  | { readonly kind: 'case'; readonly to: 'upper' | 'lower'; readonly all: boolean };

export interface Parameter {
  /** A variable's name, a position, or one of `@*#?-$!`. */
  readonly name: string;
  /** What stands in brackets behind the name of an array; `@` and `*` alone mean all of it. */
  readonly subscript?: Word;
  readonly operator: ParameterOperator;
}

export interface Assignment {
  readonly name: string;
  readonly append: boolean;
  readonly value: Word;
  /** `name[subscript]=value` */
  readonly subscript?: Word;
  /** `name=(…)`: then `value` is empty. */
  readonly elements?: readonly ArrayElement[];
}

/** One place of `name=(…)`: a value, or `[subscript]=value`. */
export interface ArrayElement {
  readonly subscript?: Word;
  readonly value: Word;
}

export interface Redirect {
  /** The descriptor before the operator, when given. */
  readonly descriptor?: number;
  readonly operator: '<' | '>' | '>>' | '>|' | '<>' | '<&' | '>&' | '&>' | '&>>' | '<<<' | 'here';
  /** The target; for `here`, the document's body. */
  readonly target: Word;
}

export interface Simple {
  readonly kind: 'simple';
  readonly assignments: readonly Assignment[];
  /** Arrays among the arguments of `declare` and its kin. */
  readonly declared?: readonly Assignment[];
  readonly words: readonly Word[];
  readonly redirects: readonly Redirect[];
  readonly line: number;
}

export interface CaseClause {
  readonly patterns: readonly Word[];
  readonly body: List;
  readonly end: ';;' | ';&' | ';;&';
}

export type Compound =
  | { readonly kind: 'subshell' | 'group'; readonly body: List }
  | {
      readonly kind: 'if';
      readonly branches: readonly { readonly condition: List; readonly body: List }[];
      readonly otherwise?: List;
    }
  | {
      /** `select` shows the words as a menu, and asks. */
      readonly kind: 'for' | 'select';
      readonly name: string;
      readonly words?: readonly Word[];
      readonly body: List;
    }
  | {
      readonly kind: 'arithmetic-for';
      readonly init: readonly WordPart[];
      readonly condition: readonly WordPart[];
      readonly step: readonly WordPart[];
      readonly body: List;
    }
  | { readonly kind: 'while'; readonly until: boolean; readonly condition: List; readonly body: List }
  | { readonly kind: 'case'; readonly subject: Word; readonly clauses: readonly CaseClause[] }
  | { readonly kind: 'arithmetic'; readonly expression: readonly WordPart[] }
  | { readonly kind: 'test'; readonly expression: Condition };

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'not'; readonly inner: Condition }
  | { readonly kind: 'unary'; readonly operator: string; readonly operand: Word }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Word; readonly right: Word };

export type Command =
  | Simple
  | {
      readonly kind: 'compound';
      readonly body: Compound;
      readonly redirects: readonly Redirect[];
      readonly line: number;
    }
  | { readonly kind: 'function'; readonly name: string; readonly body: Command; readonly line: number };

export interface Pipeline {
  readonly negated: boolean;
  /** `time` in front of it. */
  readonly timed: 'bash' | 'posix' | undefined;
  readonly commands: readonly Command[];
  /** The source text, as `jobs` shows it. */
  readonly source: string;
}

export interface AndOr {
  readonly first: Pipeline;
  readonly rest: readonly { readonly operator: '&&' | '||'; readonly pipeline: Pipeline }[];
  readonly background: boolean;
  readonly source: string;
}

export interface List {
  readonly items: readonly AndOr[];
}
