/** URLs that one text of a command line may stand for. */
const MAX_URLS = 1_000;

type GlobOutcome =
  { readonly ok: true; readonly urls: readonly string[] } | { readonly ok: false; readonly message: string };

/** `{a,b}`, `[1-3]`, `[a-c]` and `[1-9:2]` in a URL, in order, the last turning fastest; addresses of IPv6 stay. */
export function expandUrl(text: string): GlobOutcome {
  let urls: readonly string[] = [''];
  for (let rest = text; rest !== '';) {
    const piece = /^(?:\{([^{}]*)\}|\[([^[\]]*)\]|([^{}[\]]+))/.exec(rest);
    if (piece === null) return { ok: false, message: problem(text, rest) };
    const [whole, set, range, plain] = piece;
    rest = rest.slice(whole.length);
    const choices =
      plain !== undefined
        ? [plain]
        : set !== undefined
          ? set.split(',')
          : /^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$/.test(range ?? '') && !/^\d+-/.test(range ?? '')
            ? [whole]
            : rangeOf(range ?? '');
    if (choices === undefined || urls.length * choices.length > MAX_URLS)
      return { ok: false, message: problem(text, whole + rest) };
    urls = urls.flatMap((start) => choices.map((choice) => start + choice));
  }
  return { ok: true, urls };
}

/** Points at the character where `rest` begins, or at the one behind a bracket that opens. */
function problem(text: string, rest: string): string {
  const [what, shift] =
    rest.startsWith('{') && !rest.includes('}')
      ? ['unmatched brace', 0]
      : /^[}\]]/.test(rest)
        ? ['unmatched close brace/bracket', 0]
        : ['bad range', rest.startsWith('[') && rest.includes(']') ? rest.indexOf(']') + 1 : 1];
  const at = text.length - rest.length + shift;
  return `${what} in URL position ${at + 1}:\n${text}\n${' '.repeat(at)}^`;
}

function rangeOf(text: string): readonly string[] | undefined {
  const numbers = /^(\d{1,9})-(\d{1,9})(?::(\d{1,9}))?$/.exec(text);
  const letters = /^([a-zA-Z])-([a-zA-Z])(?::(\d{1,9}))?$/.exec(text);
  const [, from = '', to = '', stepText = '1'] = numbers ?? letters ?? [];
  const start = numbers === null ? from.charCodeAt(0) : Number(from);
  const end = numbers === null ? to.charCodeAt(0) : Number(to);
  const step = Number(stepText);
  if (from === '' || end < start || step < 1 || (end - start) / step >= MAX_URLS) return undefined;
  return Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, index) => {
    const value = start + index * step;
    return numbers === null
      ? String.fromCharCode(value)
      : String(value).padStart(from.startsWith('0') ? from.length : 0, '0');
  });
}
