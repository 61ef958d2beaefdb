/*
 * apimachinery's validation of names, with its messages: what kubectl checks before it asks the server.
 */

const DNS1123_SUBDOMAIN_MAX = 253;
const CONFIG_KEY_MAX = 253;
const QUALIFIED_NAME_MAX = 63;
const LABEL_VALUE_MAX = 63;
const PORT_NAME_MAX = 15;

const tooLong = (max: number): string => `must be no more than ${max} characters`;

function regexMessage(message: string, format: string, ...examples: readonly string[]): string {
  const named = examples.map((example) => `'${example}'`).join(',  or ');
  return `${message} (${examples.length === 0 ? '' : `e.g. ${named}, `}regex used for validation is '${format}')`;
}

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const QUALIFIED_PART = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';

export function dns1123Subdomain(text: string): readonly string[] {
  const errors: string[] = [];
  if (text.length > DNS1123_SUBDOMAIN_MAX) errors.push(tooLong(DNS1123_SUBDOMAIN_MAX));
  if (!new RegExp(`^${SUBDOMAIN}$`).test(text)) {
    errors.push(
      regexMessage(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
        SUBDOMAIN,
        'example.com',
      ),
    );
  }
  return errors;
}

export function configKey(text: string): readonly string[] {
  const errors: string[] = [];
  if (text.length > CONFIG_KEY_MAX) errors.push(tooLong(CONFIG_KEY_MAX));
  if (!/^[-._a-zA-Z0-9]+$/.test(text)) {
    errors.push(
      regexMessage(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        '[-._a-zA-Z0-9]+',
        'key.name',
        'KEY_NAME',
        'key-name',
      ),
    );
  }
  if (text === '.') errors.push("must not be '.'");
  else if (text === '..') errors.push("must not be '..'");
  else if (text.startsWith('..')) errors.push("must not start with '..'");
  return errors;
}

export function environmentName(text: string): readonly string[] {
  const errors: string[] = [];
  if (!/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(text)) {
    errors.push(
      regexMessage(
        "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit",
        '[-._a-zA-Z][-._a-zA-Z0-9]*',
        'my.env-name',
        'MY_ENV.NAME',
        'MyEnvName1',
      ),
    );
  }
  if (text === '.') errors.push("must not be '.'");
  else if (text === '..') errors.push("must not be '..'");
  else if (text.startsWith('..')) errors.push("must not start with '..'");
  return errors;
}

/** Keys of labels, annotations and taints: `prefix/name`. */
export function qualifiedName(text: string): readonly string[] {
  const errors: string[] = [];
  const parts = text.split('/');
  const name = parts.at(-1) ?? '';
  if (parts.length === 2) {
    const [prefix = ''] = parts;
    if (prefix === '') errors.push('prefix part must be non-empty');
    else errors.push(...dns1123Subdomain(prefix).map((error) => `prefix part ${error}`));
  } else if (parts.length > 2) {
    return [
      `a qualified name ${regexMessage("must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character", QUALIFIED_PART, 'MyName', 'my.name', '123-abc')} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  if (name === '') errors.push('name part must be non-empty');
  else if (name.length > QUALIFIED_NAME_MAX) errors.push(`name part ${tooLong(QUALIFIED_NAME_MAX)}`);
  if (!new RegExp(`^${QUALIFIED_PART}$`).test(name)) {
    errors.push(
      `name part ${regexMessage("must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character", QUALIFIED_PART, 'MyName', 'my.name', '123-abc')}`,
    );
  }
  return errors;
}

export function labelValue(text: string): readonly string[] {
  const errors: string[] = [];
  if (text.length > LABEL_VALUE_MAX) errors.push(tooLong(LABEL_VALUE_MAX));
  if (!new RegExp(`^(${QUALIFIED_PART})?$`).test(text)) {
    errors.push(
      regexMessage(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        `(${QUALIFIED_PART})?`,
        'MyValue',
        'my_value',
        '12345',
      ),
    );
  }
  return errors;
}

export function portName(text: string): readonly string[] {
  const errors: string[] = [];
  if (text.length > PORT_NAME_MAX) errors.push(tooLong(PORT_NAME_MAX));
  if (!/^[-a-z0-9]+$/.test(text))
    errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(text)) errors.push('must contain at least one letter (a-z)');
  if (text.includes('--')) errors.push('must not contain consecutive hyphens');
  if (text.startsWith('-') || text.endsWith('-')) errors.push('must not begin or end with a hyphen');
  return errors;
}

export function portNumber(port: number): readonly string[] {
  return port >= 1 && port <= 65_535 ? [] : ['must be between 1 and 65535, inclusive'];
}
