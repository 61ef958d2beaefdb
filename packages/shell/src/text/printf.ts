/** Widths and precisions beyond this are mistakes or attacks, characters. */
const MAX_WIDTH = 10_000;

/** Where a conversion's arguments come from, and where its complaints go. */
export interface PrintfArguments {
  /** The next argument, or undefined when they are used up. */
  next(): string | undefined;
  warn(message: string): void;
}

export interface Formatted {
  readonly text: string;
  /** `\c` or a `%b` with one: no more output. */
  readonly stop: boolean;
  /** Whether any argument was asked for. */
  readonly consumed: boolean;
}

const CONVERSION = /%([-+ #0']*)(\*|\d+)?(?:\.(\*|\d*))?(?:hh|h|ll|l|j|z|t|L|q)?([diouxXcsbqeEfFgGaA%])/y;
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

/** One pass over a printf(1) format. The caller repeats it while arguments are left. */
export function formatOnce(format: string, args: PrintfArguments): Formatted {
  let text = '';
  let consumed = false;
  const take = (): string | undefined => {
    consumed = true;
    return args.next();
  };
  for (let at = 0; at < format.length;) {
    const character = format.charAt(at);
    if (character === '\\') {
      const escape = unescapeAt(format, at, 'format');
      text += escape.text;
      at = escape.next;
      if (escape.stop) return { text, stop: true, consumed };
      continue;
    }
    if (character !== '%') {
      text += character;
      at++;
      continue;
    }
    CONVERSION.lastIndex = at;
    const match = CONVERSION.exec(format);
    if (match === null) {
      args.warn(`\`${format.charAt(at + 1)}': invalid format character`);
      return { text, stop: true, consumed };
    }
    at = CONVERSION.lastIndex;
    const conversion = match[4] ?? '';
    if (conversion === '%') {
      text += '%';
      continue;
    }
    const spec = readSpec(match, take);
    const result = convert(conversion, spec, take(), args);
    text += result.text;
    if (result.stop) return { text, stop: true, consumed };
  }
  return { text, stop: false, consumed };
}

interface Spec {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
}

function readSpec(match: RegExpExecArray, take: () => string | undefined): Spec {
  let flags = match[1] ?? '';
  let width = match[2] === '*' ? parseInteger(take() ?? '0').value : Number(match[2] ?? 0);
  if (width < 0) {
    flags += '-';
    width = -width;
  }
  const precisionText = match[3] === '*' ? String(parseInteger(take() ?? '0').value) : match[3];
  const precision =
    precisionText === undefined
      ? undefined
      : Math.min(Number(precisionText === '' ? 0 : precisionText), MAX_WIDTH);
  return { flags, width: Math.min(width, MAX_WIDTH), precision };
}

function convert(
  conversion: string,
  spec: Spec,
  argument: string | undefined,
  args: PrintfArguments,
): { readonly text: string; readonly stop: boolean } {
  const plain = (text: string): { readonly text: string; readonly stop: boolean } => ({
    text: pad(text, spec, false),
    stop: false,
  });
  switch (conversion) {
    case 's':
      return plain(cut(argument ?? '', spec.precision));
    case 'c':
      return plain(Array.from(argument ?? '')[0] ?? '');
    case 'b': {
      const { text, stop } = unescape(argument ?? '', 'argument');
      return { text: pad(cut(text, spec.precision), spec, false), stop };
    }
    case 'q':
      return plain(shellQuote(argument ?? ''));
    case 'd':
    case 'i':
    case 'u':
    case 'o':
    case 'x':
    case 'X':
      return { text: formatInteger(conversion, spec, bigIntegerOf(argument ?? '', args)), stop: false };
    default:
      return { text: formatFloat(conversion, spec, floatOf(argument ?? '', args)), stop: false };
  }
}

function cut(text: string, precision: number | undefined): string {
  return precision === undefined ? text : Array.from(text).slice(0, precision).join('');
}

function pad(text: string, spec: Spec, numeric: boolean): string {
  const missing = spec.width - Array.from(text).length;
  if (missing <= 0) return text;
  if (spec.flags.includes('-')) return text + ' '.repeat(missing);
  if (!numeric || !spec.flags.includes('0')) return ' '.repeat(missing) + text;
  const sign = /^(?:[-+ ]|0[xX])*/.exec(text)?.[0] ?? '';
  return sign + '0'.repeat(missing) + text.slice(sign.length);
}

/** `%d` and its kin of C's printf. */
export function formatInteger(conversion: string, spec: Spec, value: bigint): string {
  const unsigned = conversion !== 'd' && conversion !== 'i';
  const magnitude = unsigned ? BigInt.asUintN(64, value) : value < 0n ? -value : value;
  const base = conversion === 'o' ? 8 : conversion === 'x' || conversion === 'X' ? 16 : 10;
  let digits = magnitude.toString(base).padStart(spec.precision ?? 1, '0');
  if (conversion === 'X') digits = digits.toUpperCase();
  if (spec.flags.includes('#') && magnitude !== 0n)
    digits = (base === 8 ? '0' : base === 16 ? `0${conversion}` : '') + digits;
  const sign = unsigned
    ? ''
    : value < 0n
      ? '-'
      : spec.flags.includes('+')
        ? '+'
        : spec.flags.includes(' ')
          ? ' '
          : '';
  return pad(
    sign + digits,
    spec.precision === undefined ? spec : { ...spec, flags: spec.flags.replaceAll('0', '') },
    true,
  );
}

/** `%f`, `%e`, `%g` of C's printf. */
export function formatFloat(conversion: string, spec: Spec, value: number): string {
  const negative = value < 0 || Object.is(value, -0);
  const magnitude = Math.abs(value);
  const sign = negative ? '-' : spec.flags.includes('+') ? '+' : spec.flags.includes(' ') ? ' ' : '';
  const upper = conversion === conversion.toUpperCase();
  if (!Number.isFinite(value)) {
    const word = Number.isNaN(value) ? 'nan' : 'inf';
    return pad(
      (Number.isNaN(value) ? '' : sign) + (upper ? word.toUpperCase() : word),
      { ...spec, flags: spec.flags.replaceAll('0', '') },
      true,
    );
  }
  const precision = Math.min(spec.precision ?? 6, 100);
  let text: string;
  switch (conversion.toLowerCase()) {
    case 'f':
      text = fixed(magnitude, precision);
      break;
    case 'e':
      text = exponent(magnitude, precision);
      break;
    default:
      text = general(magnitude, precision === 0 ? 1 : precision, spec.flags.includes('#'));
  }
  return pad(sign + (upper ? text.toUpperCase() : text), spec, true);
}

function fixed(value: number, digits: number): string {
  if (value < 1e21) return value.toFixed(digits);
  return BigInt(value).toString() + (digits > 0 ? `.${'0'.repeat(digits)}` : '');
}

function exponent(value: number, digits: number): string {
  return value.toExponential(digits).replace(/e([+-])(\d)$/, 'e$10$2');
}

function general(value: number, precision: number, keepZeros: boolean): string {
  const power = value === 0 ? 0 : Number(value.toExponential(precision - 1).split('e')[1]);
  const text =
    power < -4 || power >= precision ? exponent(value, precision - 1) : fixed(value, precision - 1 - power);
  if (keepZeros || !text.includes('.')) return text;
  return text.replace(/\.?0+(e|$)/, '$1');
}

function bigIntegerOf(text: string, args: PrintfArguments): bigint {
  const parsed = parseInteger(text);
  if (!parsed.complete) args.warn(`${text}: invalid number`);
  return parsed.big;
}

function parseInteger(text: string): {
  readonly value: number;
  readonly big: bigint;
  readonly complete: boolean;
} {
  if (/^['"]/.test(text)) {
    const code = text.codePointAt(1) ?? 0;
    return { value: code, big: BigInt(code), complete: true };
  }
  const match = /^\s*([-+]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)?/.exec(text);
  const digits = match?.[2] ?? '';
  const magnitude =
    digits === '' ? 0n : /^0[0-7]+$/.test(digits) ? BigInt(`0o${digits.slice(1)}`) : BigInt(digits);
  const big = match?.[1] === '-' ? -magnitude : magnitude;
  return {
    value: Number(big),
    big,
    complete: text === '' || (digits !== '' && match?.[0].length === text.length),
  };
}

function floatOf(text: string, args: PrintfArguments): number {
  if (/^['"]/.test(text)) return text.codePointAt(1) ?? 0;
  const match = /^\s*[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|inf(?:inity)?|nan)/i.exec(
    text,
  );
  if (match?.[0].length !== text.length && text !== '') args.warn(`${text}: invalid number`);
  if (match === null) return 0;
  const word = match[0].trim().toLowerCase();
  if (word.includes('nan')) return Number.NaN;
  if (word.includes('inf')) return word.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(word);
}

/** Backslash escapes of `echo -e`, `%b` (octal as `\0nnn`) and formats (octal as `\nnn`). */
export function unescape(
  text: string,
  style: 'argument' | 'format',
): { readonly text: string; readonly stop: boolean } {
  let result = '';
  for (let at = 0; at < text.length;) {
    if (text.charAt(at) !== '\\') {
      result += text.charAt(at);
      at++;
      continue;
    }
    const escape = unescapeAt(text, at, style);
    result += escape.text;
    at = escape.next;
    if (escape.stop) return { text: result, stop: true };
  }
  return { text: result, stop: false };
}

function unescapeAt(
  text: string,
  at: number,
  style: 'argument' | 'format',
): { readonly text: string; readonly next: number; readonly stop: boolean } {
  const rest = text.slice(at + 1, at + 12);
  const next = rest.charAt(0);
  if (next === 'c') return { text: '', next: at + 2, stop: true };
  const octal = (style === 'argument' ? /^0([0-7]{0,3})/ : /^([0-7]{1,3})/).exec(rest);
  if (octal !== null)
    return {
      text: String.fromCharCode(parseInt(octal[1] === '' ? '0' : (octal[1] ?? '0'), 8) & 0xff),
      next: at + 1 + octal[0].length,
      stop: false,
    };
  const hex = /^(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8}))/.exec(rest);
  if (hex !== null) {
    const code = parseInt(hex[1] ?? hex[2] ?? hex[3] ?? '0', 16);
    return {
      text: code <= 0x10ffff ? String.fromCodePoint(code) : '',
      next: at + 1 + hex[0].length,
      stop: false,
    };
  }
  const simple =
    Object.hasOwn(SIMPLE_ESCAPES, next) && !(style === 'argument' && (next === '"' || next === "'"))
      ? SIMPLE_ESCAPES[next]
      : undefined;
  if (simple !== undefined) return { text: simple, next: at + 2, stop: false };
  return { text: '\\', next: at + 1, stop: false };
}

/** Quoted so that a shell reads it back, as `printf %q` and `export -p` do. */
export function shellQuote(text: string): string {
  if (text === '') return "''";
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(text)) return text;
  if (/[\n\t\r\x00-\x1f]/.test(text))
    return `$'${text.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\t', '\\t').replaceAll('\r', '\\r')}'`;
  return text.replace(/[^A-Za-z0-9_@%+=:,./-]/gu, '\\$&');
}

/** printf(1): the whole output, and whether an argument was not what its conversion wants. */
export function formatAll(
  format: string,
  args: readonly string[],
  warn: (message: string) => void,
): { readonly text: string; readonly ok: boolean } {
  let index = 0;
  let ok = true;
  let text = '';
  const source: PrintfArguments = {
    next: () => args[index++],
    warn: (message) => {
      ok = false;
      warn(message);
    },
  };
  do {
    const pass = formatOnce(format, source);
    text += pass.text;
    if (pass.stop || !pass.consumed) break;
  } while (index < args.length);
  return { text, ok };
}
