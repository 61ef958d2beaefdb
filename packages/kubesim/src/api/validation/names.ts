/** Formats of names and values (k8s.io/apimachinery util/validation). Each check returns what is wrong; empty when nothing is. */

export function regexMessage(message: string, format: string, ...examples: string[]): string {
  if (examples.length === 0) return `${message} (regex used for validation is '${format}')`;
  const shown = examples.map((example) => `'${example}'`).join(' or ');
  return `${message} (e.g. ${shown.replaceAll("' or '", "',  or '")}, regex used for validation is '${format}')`;
}

export function maxLengthMessage(max: number): string {
  return `must be no more than ${max} characters`;
}

const QUALIFIED_NAME = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const QUALIFIED_MESSAGE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const DNS_LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const DNS_SUBDOMAIN = `${DNS_LABEL}(\\.${DNS_LABEL})*`;
const DNS_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const DNS_LABEL_MAX_BYTES = 63;
const DNS_SUBDOMAIN_MAX_BYTES = 253;

function matches(format: string, value: string): boolean {
  return new RegExp(`^${format}$`).test(value);
}

export function dnsLabel(value: string): string[] {
  const messages: string[] = [];
  if (value.length > DNS_LABEL_MAX_BYTES) messages.push(maxLengthMessage(DNS_LABEL_MAX_BYTES));
  if (!matches(DNS_LABEL, value)) {
    messages.push(
      matches(DNS_SUBDOMAIN, value)
        ? 'must not contain dots'
        : regexMessage(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
            DNS_LABEL,
            'my-name',
            '123-abc',
          ),
    );
  }
  return messages;
}

export function dnsSubdomain(value: string): string[] {
  const messages: string[] = [];
  if (value.length > DNS_SUBDOMAIN_MAX_BYTES) messages.push(maxLengthMessage(DNS_SUBDOMAIN_MAX_BYTES));
  if (!matches(DNS_SUBDOMAIN, value)) {
    messages.push(
      regexMessage(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
        DNS_SUBDOMAIN,
        'example.com',
      ),
    );
  }
  return messages;
}

export function dns1035Label(value: string): string[] {
  const messages: string[] = [];
  if (value.length > DNS_LABEL_MAX_BYTES) messages.push(maxLengthMessage(DNS_LABEL_MAX_BYTES));
  if (!matches(DNS_1035, value)) {
    messages.push(
      regexMessage(
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
        DNS_1035,
        'my-name',
        'abc-123',
      ),
    );
  }
  return messages;
}

export function wildcardDnsSubdomain(value: string): string[] {
  const format = `\\*\\.${DNS_SUBDOMAIN}`;
  if (matches(format, value)) return [];
  return [
    regexMessage(
      "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
      format,
      '*.example.com',
    ),
  ];
}

/** Keys of labels and annotations, finalizers, condition types: `[prefix/]name`. */
export function qualifiedName(value: string): string[] {
  const parts = value.split('/');
  const messages: string[] = [];
  let name = value;
  if (parts.length === 2) {
    const [prefix = '', last = ''] = parts;
    name = last;
    if (prefix === '') messages.push('prefix part must be non-empty');
    else messages.push(...dnsSubdomain(prefix).map((message) => `prefix part ${message}`));
  } else if (parts.length > 2) {
    return [
      `a qualified name ${regexMessage(QUALIFIED_MESSAGE, QUALIFIED_NAME, 'MyName', 'my.name', '123-abc')} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  if (name === '') messages.push('name part must be non-empty');
  else if (name.length > DNS_LABEL_MAX_BYTES)
    messages.push(`name part ${maxLengthMessage(DNS_LABEL_MAX_BYTES)}`);
  if (!matches(QUALIFIED_NAME, name))
    messages.push(
      `name part ${regexMessage(QUALIFIED_MESSAGE, QUALIFIED_NAME, 'MyName', 'my.name', '123-abc')}`,
    );
  return messages;
}

export function labelValue(value: string): string[] {
  const messages: string[] = [];
  if (value.length > DNS_LABEL_MAX_BYTES) messages.push(maxLengthMessage(DNS_LABEL_MAX_BYTES));
  const format = `(${QUALIFIED_NAME})?`;
  if (!matches(format, value)) {
    messages.push(
      regexMessage(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        format,
        'MyValue',
        'my_value',
        '12345',
      ),
    );
  }
  return messages;
}

/** Names of ports (IANA service names, RFC 6335). */
export function portName(value: string): string[] {
  const messages: string[] = [];
  if (value.length > 15) messages.push('must be no more than 15 characters');
  if (!/^[-a-z0-9]+$/.test(value))
    messages.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(value)) messages.push('must contain at least one letter (a-z)');
  if (value.includes('--')) messages.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) messages.push('must not begin or end with a hyphen');
  return messages;
}

export function portNumber(value: number): string[] {
  return value >= 1 && value <= 65_535 ? [] : ['must be between 1 and 65535, inclusive'];
}

export function envVarName(value: string): string[] {
  if (value === '' || /[^\x20-\x7e]|=/.test(value))
    return [
      "a valid environment variable name must consist only of printable ASCII characters other than '='",
    ];
  return [];
}

export function configMapKey(value: string): string[] {
  const messages: string[] = [];
  if (value.length > DNS_SUBDOMAIN_MAX_BYTES) messages.push(maxLengthMessage(DNS_SUBDOMAIN_MAX_BYTES));
  if (!/^[-._a-zA-Z0-9]+$/.test(value)) {
    messages.push(
      regexMessage(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        '[-._a-zA-Z0-9]+',
        'key.name',
        'KEY_NAME',
        'key-name',
      ),
    );
  }
  if (value === '.') messages.push("must not be '.'");
  else if (value === '..') messages.push("must not be '..'");
  else if (value.startsWith('..')) messages.push("must not start with '..'");
  return messages;
}

export function httpHeaderName(value: string): string[] {
  return /^[-A-Za-z0-9]+$/.test(value)
    ? []
    : [
        regexMessage(
          "a valid HTTP header must consist of alphanumeric characters or '-'",
          '[-A-Za-z0-9]+',
          'X-Header-Name',
        ),
      ];
}

/** Names that become one element of a URL path (RBAC). */
export function pathSegment(value: string): string[] {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return ['/', '%'].filter((part) => value.includes(part)).map((part) => `may not contain '${part}'`);
}

/** A name function takes a whole name; for `generateName` the part that is there must be able to begin one. */
export type NameFormat = (value: string) => string[];

export function maskTrailingDash(value: string): string {
  return value.length > 1 && value.endsWith('-') ? `${value.slice(0, -2)}a` : value;
}
