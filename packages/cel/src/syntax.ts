/** The syntax tree of one expression. `at` is the offset in its text, for messages. */
export type Node =
  | { readonly kind: 'literal'; readonly at: number; readonly value: Literal }
  | { readonly kind: 'identifier'; readonly at: number; readonly name: string }
  | {
      readonly kind: 'select';
      readonly at: number;
      readonly operand: Node;
      readonly field: string;
      /** `has(a.b)`: whether the field is there. */
      readonly test: boolean;
      /** `a.?b` */
      readonly optional: boolean;
    }
  | {
      readonly kind: 'index';
      readonly at: number;
      readonly operand: Node;
      readonly index: Node;
      /** `a[?b]` */
      readonly optional: boolean;
    }
  | {
      readonly kind: 'call';
      readonly at: number;
      readonly name: string;
      readonly target: Node | undefined;
      readonly args: readonly Node[];
    }
  | { readonly kind: 'list'; readonly at: number; readonly items: readonly ListItem[] }
  | { readonly kind: 'map'; readonly at: number; readonly entries: readonly MapEntry[] }
  | Macro;

export type Literal = string | number | bigint | boolean | null | Uint8Array | { readonly uint: bigint };

export interface ListItem {
  readonly value: Node;
  /** `[?a]`: left out when it is none. */
  readonly optional: boolean;
}

export interface MapEntry {
  readonly key: Node;
  readonly value: Node;
  readonly optional: boolean;
}

export const MACROS = [
  'all',
  'exists',
  'exists_one',
  'existsOne',
  'map',
  'filter',
  'transformList',
  'transformMap',
  'transformMapEntry',
  'optMap',
  'optFlatMap',
] as const;
export type MacroName = (typeof MACROS)[number];

/** A macro that binds variables: `range.all(x, body)`, or with an index `range.all(i, x, body)`. */
export interface Macro {
  readonly kind: 'macro';
  readonly at: number;
  readonly name: MacroName;
  readonly range: Node;
  readonly variable: string;
  /** The second variable of the two-variable forms: then `variable` is the index or the key. */
  readonly second: string | undefined;
  readonly filter: Node | undefined;
  readonly body: Node;
}
