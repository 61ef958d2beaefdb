import { sha256 } from '@noble/hashes/sha2.js';
import { parse } from 'yaml';
import { z } from 'zod';

/** More than anybody can keep in mind of one lab; bounds what a draw costs. */
const MAX_PARAMETERS = 32;
const MAX_CHOICES = 64;
/** A draw picks one of at most so many subnets: enough for a class in which no two are alike. */
const MAX_SUBNET_BITS = 16;
const IPV4_BITS = 32;

/** What each parameter of a lab stands for in one session: by name, as it is written in texts. */
export type ParameterValues = Readonly<Record<string, string>>;

/**
 * Values are made of characters that mean themselves in YAML, shell, URLs and markdown alike, so that they need no
 * escaping there. (In regular expressions they do: see `fillYaml`.)
 */
const PLAIN_VALUE = /^[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$/;
/** RFC 1123 label, as names of objects are. */
const NAME_VALUE = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Value of a label: apimachinery's IsValidLabelValue, but never empty. */
const LABEL_VALUE = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const PARAMETER_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
/** Words of Go templates (`kubectl get -o go-template`), which stand between the same braces. */
const TEMPLATE_WORDS = ['end', 'else', 'break', 'continue'] as const;
const PLACEHOLDER = /\{\{[ \t]*([A-Za-z][A-Za-z0-9_-]*)[ \t]*\}\}/g;

const different = z
  .array(z.string())
  .max(MAX_PARAMETERS)
  .optional()
  .describe('earlier parameters whose values this one must not have');
const redraw = z
  .boolean()
  .optional()
  .describe('graded for credit with another value: for what a right solution does not rest on');
const texts = (pattern: RegExp, what: string): z.ZodArray<z.ZodString> =>
  z
    .array(
      z
        .string()
        .regex(pattern, what)
        .refine(readsAsText, 'YAML reads this as something else than a text; choose another word'),
    )
    .min(2)
    .max(MAX_CHOICES);
const integer = (max: number): z.ZodNumber => z.number().int().min(0).max(max);

const parameterSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('name'),
    of: texts(NAME_VALUE, 'must be lower-case letters, digits and hyphens, at most 63'),
    differentFrom: different,
    redraw,
  }),
  z.strictObject({
    kind: z.literal('label'),
    of: texts(LABEL_VALUE, 'must be the value of a label'),
    differentFrom: different,
    redraw,
  }),
  z.strictObject({
    kind: z.literal('choice'),
    of: texts(PLAIN_VALUE, 'must be letters, digits and . _ / - between them, at most 63'),
    differentFrom: different,
    redraw,
  }),
  z
    .strictObject({
      kind: z.literal('port'),
      from: z.number().int().min(1).max(65_535),
      to: z.number().int().min(1).max(65_535),
      differentFrom: different,
      redraw,
    })
    .refine(({ from, to }) => to > from, { path: ['to'], message: 'must be above from' }),
  z
    .strictObject({
      kind: z.literal('number'),
      from: integer(1_000_000),
      to: integer(1_000_000),
      differentFrom: different,
      redraw,
    })
    .refine(({ from, to }) => to > from, { path: ['to'], message: 'must be above from' }),
  z
    .strictObject({
      kind: z.literal('cidr'),
      within: z.cidrv4(),
      prefix: z.number().int().min(1).max(IPV4_BITS),
      differentFrom: different,
      redraw,
    })
    .refine(({ within, prefix }) => prefix > bitsOf(within) && prefix - bitsOf(within) <= MAX_SUBNET_BITS, {
      path: ['prefix'],
      message: `must be 1 to ${MAX_SUBNET_BITS} bits longer than that of within`,
    }),
]);

/** How one parameter is drawn. */
type Parameter = z.infer<typeof parameterSchema>;
export type Parameters = Readonly<Record<string, Parameter>>;

/** `parameters:` of a lab's front matter. */
export const parametersSchema = z
  .record(
    z
      .string()
      .regex(PARAMETER_NAME, 'must be a letter, then letters, digits, - and _, at most 32')
      .refine((name) => !isTemplateWord(name), 'is a word of Go templates; choose another name'),
    parameterSchema,
  )
  .superRefine((parameters, context) => {
    const names = Object.keys(parameters);
    if (names.length > MAX_PARAMETERS)
      context.addIssue({ code: 'custom', message: `there may be at most ${MAX_PARAMETERS} parameters` });
    for (const [index, [name, parameter]] of Object.entries(parameters).entries()) {
      for (const other of parameter.differentFrom ?? [])
        if (!names.slice(0, index).includes(other))
          context.addIssue({
            code: 'custom',
            path: [name, 'differentFrom'],
            message: `"${other}" is no parameter that stands before this one`,
          });
      if (sizeOf(parameter) <= (parameter.differentFrom ?? []).length)
        context.addIssue({
          code: 'custom',
          path: [name],
          message: 'has too few values to differ from the others',
        });
    }
  });

/** 1.1 is what kubectl reads, 1.2 what most other tools do: `no`, `1e3` and `0x1f` are no texts in one of them. */
function readsAsText(value: string): boolean {
  try {
    return (['1.1', '1.2'] as const).every((version) => typeof parse(value, { version }) === 'string');
  } catch {
    return false;
  }
}

function isTemplateWord(name: string): boolean {
  return TEMPLATE_WORDS.some((word) => word === name);
}

function bitsOf(cidr: string): number {
  return Number(cidr.slice(cidr.indexOf('/') + 1));
}

/** How many values a parameter can have. */
function sizeOf(parameter: Parameter): number {
  switch (parameter.kind) {
    case 'name':
    case 'label':
    case 'choice':
      return parameter.of.length;
    case 'port':
    case 'number':
      return parameter.to - parameter.from + 1;
    case 'cidr':
      return 2 ** (parameter.prefix - bitsOf(parameter.within));
  }
}

function valueAt(parameter: Parameter, index: number): string {
  switch (parameter.kind) {
    case 'name':
    case 'label':
    case 'choice':
      return parameter.of[index] ?? '';
    case 'port':
    case 'number':
      return String(parameter.from + index);
    case 'cidr':
      return subnetAt(parameter.within, parameter.prefix, index);
  }
}

function subnetAt(within: string, prefix: number, index: number): string {
  const whole = within
    .slice(0, within.indexOf('/'))
    .split('.')
    .reduce((number, part) => number * 256 + Number(part), 0);
  const outer = 2 ** (IPV4_BITS - bitsOf(within));
  const address = Math.floor(whole / outer) * outer + index * 2 ** (IPV4_BITS - prefix);
  const parts = [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256);
  return `${parts.join('.')}/${prefix}`;
}

type Parameterised = { readonly id: string; readonly parameters?: Parameters | undefined };

/**
 * The values that one learner gets. The same lab and seed draw the same; a parameter that is added changes none of
 * the others. Seeds are any numbers: hash whoever it is for into one.
 */
export function drawParameters(lab: Parameterised, seed: number): ParameterValues {
  return draw(lab, (name) => numberFor(lab, seed, name));
}

function numberFor({ id }: Parameterised, seed: number, name: string): number {
  const digest = sha256(new TextEncoder().encode(`${id}\0${seed}\0${name}`));
  // 6 bytes: what fits a double without loss.
  return digest.slice(0, 6).reduce((number, byte) => number * 256 + byte, 0);
}

/**
 * Values for a cluster in which a learner's work is graded for credit: those of parameters that say `redraw` are
 * others, wherever there are others, and all rules of `differentFrom` hold. The same seed draws the same.
 */
export function redrawParameters(lab: Parameterised, values: ParameterValues, seed: number): ParameterValues {
  const parameters = Object.entries(lab.parameters ?? {});
  const drawn = new Map(Object.entries(values));
  for (const [name, parameter] of parameters) {
    if (parameter.redraw !== true) continue;
    const apart = [
      ...(parameter.differentFrom ?? []),
      ...parameters.flatMap(([other, { differentFrom }]) =>
        differentFrom?.includes(name) === true ? [other] : [],
      ),
    ];
    const taken = new Set([values[name], ...apart.map((other) => drawn.get(other))]);
    const size = sizeOf(parameter);
    const first = numberFor(lab, seed, name) % size;
    for (let turn = 0; turn < Math.min(size, taken.size + 1); turn++) {
      const value = valueAt(parameter, (first + turn) % size);
      if (taken.has(value)) continue;
      drawn.set(name, value);
      break;
    }
  }
  return Object.fromEntries(drawn);
}

/** Whether grading for credit draws any parameter again. */
export function isRedrawn({ parameters = {} }: Parameterised): boolean {
  return Object.values(parameters).some(({ redraw: again }) => again === true);
}

/** The first of each parameter's values: what authors see, and what a lab is parsed with. */
export function defaultParameters(lab: Parameterised): ParameterValues {
  return draw(lab, () => 0);
}

function draw({ parameters = {} }: Parameterised, numberFor: (name: string) => number): ParameterValues {
  const values = new Map<string, string>();
  for (const [name, parameter] of Object.entries(parameters)) {
    const size = sizeOf(parameter);
    const taken = (parameter.differentFrom ?? []).map((other) => values.get(other));
    let index = numberFor(name) % size;
    // Each turn passes by one value that is taken, and the schema has seen to it that there are more.
    for (let turn = 0; turn < taken.length && taken.includes(valueAt(parameter, index)); turn++)
      index = (index + 1) % size;
    values.set(name, valueAt(parameter, index));
  }
  return Object.fromEntries(values);
}

interface Placeholder {
  readonly name: string;
  /** Offsets in the text. */
  readonly start: number;
  readonly end: number;
}

/** The `{{name}}` of a text, but for words of Go templates. */
export function placeholdersOf(text: string): readonly Placeholder[] {
  if (!text.includes('{{')) return [];
  return [...text.matchAll(PLACEHOLDER)].flatMap((match) => {
    const [whole, name = ''] = match;
    return isTemplateWord(name) ? [] : [{ name, start: match.index, end: match.index + whole.length }];
  });
}

/** Puts values into a text; a name without one stays as it is written. */
export function fillText(text: string, values: ParameterValues): string {
  return fill(text, (name) => (Object.hasOwn(values, name) ? values[name] : undefined));
}

export function fill(text: string, valueOf: (name: string) => string | undefined): string {
  let [filled, end] = ['', 0];
  for (const { name, start, end: next } of placeholdersOf(text)) {
    filled += text.slice(end, start) + (valueOf(name) ?? text.slice(start, next));
    end = next;
  }
  return filled + text.slice(end);
}
