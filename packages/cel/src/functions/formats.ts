import { noSuchOverload } from '../problems.ts';
import { parseTimestamp } from '../moments.ts';
import { CelOptional } from '../values.ts';
import type { CelOpaque, CelValue } from '../values.ts';
import type { CelFunction, Library } from './function.ts';
import { expectArguments, textArgument } from './function.ts';
import { urlProblem } from './urls.ts';

type Check = (text: string) => readonly string[];

class Format implements CelOpaque {
  readonly opaque = 'kubernetes.NamedFormat';
  readonly name: string;
  readonly check: Check;

  constructor(name: string, check: Check) {
    this.name = name;
    this.check = check;
  }

  equals(other: CelOpaque): boolean {
    return other instanceof Format && other.name === this.name;
  }

  toText(): string {
    return this.name;
  }
}

const LABEL_REGEX = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN_REGEX = `${LABEL_REGEX}(\\.${LABEL_REGEX})*`;
const LABEL_1035_REGEX = '[a-z]([-a-z0-9]*[a-z0-9])?';
const NAME_REGEX = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const VALUE_REGEX = `(${NAME_REGEX})?`;

/** k8s.io/apimachinery util/validation. The patterns are fixed, short, and matched against bounded texts. */
function shaped(regex: string, most: number, words: string): Check {
  const pattern = new RegExp(`^${regex}$`);
  return (text) => [
    ...(text.length > most ? [`must be no more than ${most} bytes`] : []),
    ...(text.length <= 4 * most && pattern.test(text) ? [] : [words]),
  ];
}

const label = shaped(
  LABEL_REGEX,
  63,
  `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${LABEL_REGEX}')`,
);
const subdomain = shaped(
  SUBDOMAIN_REGEX,
  253,
  `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN_REGEX}')`,
);
const label1035 = shaped(
  LABEL_1035_REGEX,
  63,
  `a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '${LABEL_1035_REGEX}')`,
);
const labelValue = shaped(
  VALUE_REGEX,
  63,
  `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
);
const namePart = shaped(
  NAME_REGEX,
  63,
  `name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${NAME_REGEX}')`,
);

const qualifiedName: Check = (text) => {
  const parts = text.split('/');
  const [first = '', second] = parts;
  if (parts.length > 2)
    return [
      `a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${NAME_REGEX}') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  if (second === undefined)
    return first === '' ? ['name part must be non-empty', ...namePart(first)] : namePart(first);
  const prefix =
    first === '' ? ['prefix part must be non-empty'] : subdomain(first).map((word) => `prefix part ${word}`);
  return [...prefix, ...(second === '' ? ['name part must be non-empty'] : []), ...namePart(second)];
};

/** A prefix of a generated name may end in a dash. */
function asPrefix(check: Check): Check {
  return (text) => check(text.endsWith('-') ? `${text.slice(0, -1)}a` : text);
}

const FORMATS: Readonly<Record<string, Format>> = {
  dns1123Label: new Format('DNS1123Label', label),
  dns1123Subdomain: new Format('DNS1123Subdomain', subdomain),
  dns1035Label: new Format('DNS1035Label', label1035),
  qualifiedName: new Format('QualifiedName', qualifiedName),
  dns1123LabelPrefix: new Format('DNS1123LabelPrefix', asPrefix(label)),
  dns1123SubdomainPrefix: new Format('DNS1123SubdomainPrefix', asPrefix(subdomain)),
  dns1035LabelPrefix: new Format('DNS1035LabelPrefix', asPrefix(label1035)),
  labelValue: new Format('LabelValue', labelValue),
  uri: new Format('URI', (text) => {
    const problem = urlProblem(text);
    return problem === undefined ? [] : [problem];
  }),
  uuid: new Format('uuid', (text) =>
    /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text)
      ? []
      : ['does not match the UUID format'],
  ),
  byte: new Format('byte', (text) =>
    text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? [] : ['invalid base64'],
  ),
  date: new Format('date', (text) =>
    parseTimestamp(`${text}T00:00:00Z`) === undefined ? ['invalid date'] : [],
  ),
  datetime: new Format('datetime', (text) =>
    parseTimestamp(text) === undefined ? ['invalid datetime'] : [],
  ),
};

function constants(): Readonly<Record<string, CelFunction>> {
  return Object.fromEntries(
    Object.entries(FORMATS).map(([name, format]) => [`format.${name}`, (): CelValue => format]),
  );
}

export const formatLibrary: Library = {
  globals: {
    ...constants(),
    'format.named': (args) => {
      expectArguments(args, 1);
      const name = textArgument(args, 0);
      return new CelOptional(Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined);
    },
  },
  members: {
    validate: (args, meter) => {
      expectArguments(args, 2);
      const [format] = args;
      if (!(format instanceof Format)) throw noSuchOverload();
      const text = textArgument(args, 1);
      meter.spend(Math.ceil(text.length / 10));
      const problems = format.check(text);
      return new CelOptional(problems.length === 0 ? undefined : problems);
    },
  },
};
