import type { Json } from './json.ts';

export type Term =
  | { readonly kind: 'identity' | 'recurse-all' }
  | { readonly kind: 'literal'; readonly value: Json }
  /** A string with `\(…)` in it; `format` is `@base64` and its kin, or undefined for plain text. */
  | {
      readonly kind: 'string';
      readonly parts: readonly (string | Term)[];
      readonly format: string | undefined;
    }
  | { readonly kind: 'format'; readonly name: string }
  | { readonly kind: 'index'; readonly target: Term; readonly key: Term }
  | {
      readonly kind: 'slice';
      readonly target: Term;
      readonly from: Term | undefined;
      readonly to: Term | undefined;
    }
  | { readonly kind: 'iterate'; readonly target: Term }
  | { readonly kind: 'try'; readonly body: Term; readonly handler: Term | undefined }
  | {
      readonly kind: 'pipe' | 'comma' | 'alternative' | 'and' | 'or';
      readonly left: Term;
      readonly right: Term;
    }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Term; readonly right: Term }
  | { readonly kind: 'update'; readonly operator: string; readonly left: Term; readonly right: Term }
  | { readonly kind: 'negate'; readonly inner: Term }
  | { readonly kind: 'array'; readonly inner: Term | undefined }
  | { readonly kind: 'object'; readonly entries: readonly { readonly key: Term; readonly value: Term }[] }
  | {
      readonly kind: 'if';
      readonly condition: Term;
      readonly then: Term;
      readonly otherwise: Term | undefined;
    }
  | {
      readonly kind: 'reduce';
      readonly source: Term;
      readonly pattern: Pattern;
      readonly init: Term;
      readonly update: Term;
    }
  | {
      readonly kind: 'foreach';
      readonly source: Term;
      readonly pattern: Pattern;
      readonly init: Term;
      readonly update: Term;
      readonly extract: Term | undefined;
    }
  | {
      readonly kind: 'bind';
      readonly source: Term;
      readonly patterns: readonly Pattern[];
      readonly body: Term;
    }
  | { readonly kind: 'define'; readonly definition: Definition; readonly body: Term }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Term[] }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'label'; readonly name: string; readonly body: Term }
  | { readonly kind: 'break'; readonly name: string };

export type Pattern =
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'array'; readonly items: readonly Pattern[] }
  | {
      readonly kind: 'object';
      readonly fields: readonly {
        readonly key: Term;
        readonly variable: string | undefined;
        readonly pattern: Pattern | undefined;
      }[];
    };

export interface Definition {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly body: Term;
}

/** The program is wrong; the message is jq's. */
export class CompileProblem extends Error {}
