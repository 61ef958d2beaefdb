/** As `packages/lab` reads it: words of Go templates are none. A test holds the two together. */
const PLACEHOLDER = /\{\{[ \t]*(?!(?:end|else|break|continue)[ \t]*\}\})([A-Za-z][A-Za-z0-9_-]*)[ \t]*\}\}/g;

export type TextPart =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'parameter'; readonly name: string };

/** Cuts a text at its `{{parameter}}` placeholders. */
export function splitAtParameters(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(PLACEHOLDER)) {
    const name = match[1];
    if (name === undefined) continue;
    if (match.index > end) parts.push({ kind: 'text', text: text.slice(end, match.index) });
    parts.push({ kind: 'parameter', name });
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push({ kind: 'text', text: text.slice(end) });
  return parts;
}

/** Puts the session's values in; a parameter without a value stays as it is written. */
export function fillParameters(
  text: string,
  parameters: Readonly<Record<string, string>> | undefined,
): string {
  if (parameters === undefined) return text;
  return text.replaceAll(PLACEHOLDER, (whole, name: string) => parameters[name] ?? whole);
}

/** The same for plain titles: a parameter without a value shows its name. */
export function nameParameters(
  text: string,
  parameters: Readonly<Record<string, string>> | undefined,
): string {
  return text.replaceAll(PLACEHOLDER, (_whole, name: string) =>
    parameters !== undefined && Object.hasOwn(parameters, name) ? (parameters[name] ?? name) : name,
  );
}
