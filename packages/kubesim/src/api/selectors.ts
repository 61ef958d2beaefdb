import type { LabelSelector } from 'kubernetes-types/meta/v1';
import { own } from './json.ts';
import { labelValue, qualifiedName } from './validation/names.ts';

/** One term of a label selector: `key in (values)`. */
export interface Requirement {
  readonly key: string;
  readonly operator: 'in' | 'notin' | 'exists' | 'absent' | 'gt' | 'lt';
  readonly values: readonly string[];
}
export type Selector = readonly Requirement[];

export type ParsedSelector =
  { readonly ok: true; readonly selector: Selector } | { readonly ok: false; readonly message: string };

/** A selector on a command line is short; a long one is hostile. */
const MAX_SELECTOR_CHARACTERS = 16_384;

/** `app=web,tier!=db,env in (a,b),!legacy` (k8s.io/apimachinery labels.Parse). */
export function parseLabelSelector(text: string): ParsedSelector {
  if (text.length > MAX_SELECTOR_CHARACTERS)
    return { ok: false, message: 'unable to parse requirement: selector too long' };
  const requirements: Requirement[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const match =
      /^(!)?\s*([^\s,=!<>()]+)\s*(?:(==|=|!=|<|>)\s*([^\s,=!<>()]*)|\s(in|notin)\s*\(([^)]*)\))?\s*(,|$)/.exec(
        rest,
      );
    if (match === null) return { ok: false, message: unparsable(rest) };
    const [whole, not, key = '', operator, value = '', setOperator, list = '', separator] = match;
    const requirement = toRequirement(not !== undefined, key, operator, value, setOperator, list);
    if (requirement === undefined) return { ok: false, message: unparsable(rest) };
    const problem = checkRequirement(requirement);
    if (problem !== undefined) return { ok: false, message: `unable to parse requirement: ${problem}` };
    requirements.push(requirement);
    rest = rest.slice(whole.length).trim();
    if (separator === ',' && rest === '')
      return { ok: false, message: "found '', expected: identifier after ','" };
  }
  return { ok: true, selector: requirements };
}

function unparsable(rest: string): string {
  const word = /^[=!<>,()]+|^[^\s=!<>,()]+/.exec(rest)?.[0] ?? rest;
  if (/^[=<>,()]/.test(rest)) return `found '${word}', expected: !, identifier, or 'end of string'`;
  const after = rest.slice(word.length).trim();
  return `unable to parse requirement: found '${after}', expected: in, notin, =, ==, !=, gt, lt`.replace(
    "found '",
    "found '",
  );
}

function toRequirement(
  not: boolean,
  key: string,
  operator: string | undefined,
  value: string,
  setOperator: string | undefined,
  list: string,
): Requirement | undefined {
  if (not)
    return operator === undefined && setOperator === undefined
      ? { key, operator: 'absent', values: [] }
      : undefined;
  if (setOperator !== undefined) {
    const values = list.split(',').map((item) => item.trim());
    return { key, operator: setOperator === 'in' ? 'in' : 'notin', values };
  }
  switch (operator) {
    case undefined:
      return { key, operator: 'exists', values: [] };
    case '!=':
      return { key, operator: 'notin', values: [value] };
    case '<':
      return { key, operator: 'lt', values: [value] };
    case '>':
      return { key, operator: 'gt', values: [value] };
    default:
      return { key, operator: 'in', values: [value] };
  }
}

function checkRequirement(requirement: Requirement): string | undefined {
  const badKey = qualifiedName(requirement.key)[0];
  if (badKey !== undefined) return `key: Invalid value: ${JSON.stringify(requirement.key)}: ${badKey}`;
  if (requirement.operator === 'gt' || requirement.operator === 'lt') {
    const [value = ''] = requirement.values;
    if (!/^[+-]?\d+$/.test(value))
      return `values[0][${requirement.key}]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`;
  }
  for (const [index, value] of requirement.values.entries()) {
    const bad = labelValue(value)[0];
    if (bad !== undefined)
      return `values[${index}][${requirement.key}]: Invalid value: ${JSON.stringify(value)}: ${bad}`;
  }
  return undefined;
}

export function matchesSelector(
  selector: Selector,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  return selector.every((requirement) => {
    const value = own(labels ?? {}, requirement.key) as string | undefined;
    switch (requirement.operator) {
      case 'exists':
        return value !== undefined;
      case 'absent':
        return value === undefined;
      case 'in':
        return value !== undefined && requirement.values.includes(value);
      case 'notin':
        return value === undefined || !requirement.values.includes(value);
      case 'gt':
        return (
          value !== undefined &&
          /^[+-]?\d+$/.test(value) &&
          BigInt(value) > BigInt(requirement.values[0] ?? '0')
        );
      case 'lt':
        return (
          value !== undefined &&
          /^[+-]?\d+$/.test(value) &&
          BigInt(value) < BigInt(requirement.values[0] ?? '0')
        );
    }
  });
}

/** metav1.LabelSelector; an absent selector selects nothing, an empty one everything. */
export function fromLabelSelector(selector: LabelSelector | undefined): Selector | undefined {
  if (selector === undefined) return undefined;
  const requirements: Requirement[] = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({
    key,
    operator: 'in',
    values: [value],
  }));
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    if (operator === 'In' || operator === 'NotIn')
      requirements.push({ key, operator: operator === 'In' ? 'in' : 'notin', values: values ?? [] });
    else requirements.push({ key, operator: operator === 'Exists' ? 'exists' : 'absent', values: [] });
  }
  return requirements;
}

/** As in the status of a scale: `app=web,tier in (a,b)`, sorted by key. */
export function formatSelector(selector: Selector): string {
  return [...selector]
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ key, operator, values }) => {
      if (operator === 'exists') return key;
      if (operator === 'absent') return `!${key}`;
      if (operator === 'in' && values.length === 1) return `${key}=${values[0] ?? ''}`;
      return `${key} ${operator} (${[...values].sort().join(',')})`;
    })
    .join(',');
}

export interface FieldRequirement {
  readonly field: string;
  readonly equal: boolean;
  readonly value: string;
}

export type ParsedFields =
  | { readonly ok: true; readonly fields: readonly FieldRequirement[] }
  | { readonly ok: false; readonly message: string };

/** `metadata.name=web,status.phase!=Running`. */
export function parseFieldSelector(text: string): ParsedFields {
  if (text.length > MAX_SELECTOR_CHARACTERS) return { ok: false, message: 'invalid selector: too long' };
  const requirements: FieldRequirement[] = [];
  for (const term of text.split(',')) {
    if (term.trim() === '') continue;
    const match = /^([^=!]+?)\s*(==|=|!=)(.*)$/.exec(term.trim());
    if (match === null)
      return { ok: false, message: `invalid selector: '${text}'; can't understand '${term}'` };
    requirements.push({
      field: (match[1] ?? '').trim(),
      equal: match[2] !== '!=',
      value: (match[3] ?? '').trim(),
    });
  }
  return { ok: true, fields: requirements };
}
