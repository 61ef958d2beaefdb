import type { Prisma } from '@podwire/db';

/** NUL, and surrogates that are not part of a pair (in unicode mode, pairs are one character). */
const UNSTORABLE = /[\0\p{Surrogate}]/gu;

/**
 * Makes a value storable as jsonb, which takes neither NUL nor half of a surrogate pair (PostgreSQL
 * documentation, 8.14): output of programs has both. They become U+FFFD, as a terminal would show them.
 */
export function storableJson(value: unknown): Prisma.InputJsonValue {
  return JSON.parse(storableJsonText(value)) as Prisma.InputJsonValue;
}

/** The same as text, for a query that takes it so. */
export function storableJsonText(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) =>
    typeof field === 'string' ? storableText(field) : field,
  );
}

export function storableText(text: string): string {
  return text.replace(UNSTORABLE, '\ufffd');
}
