/** One field that is wrong, as k8s.io/apimachinery util/validation/field tells it. */
export interface FieldError {
  readonly reason:
    | 'FieldValueNotFound'
    | 'FieldValueRequired'
    | 'FieldValueDuplicate'
    | 'FieldValueInvalid'
    | 'FieldValueNotSupported'
    | 'FieldValueForbidden'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany'
    | 'FieldValueTypeInvalid';
  /** For example `spec.ports[0].port`. */
  readonly field: string;
  readonly value: unknown;
  readonly detail: string;
}

const WORDS: Readonly<Record<FieldError['reason'], string>> = {
  FieldValueNotFound: 'Not found',
  FieldValueRequired: 'Required value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueForbidden: 'Forbidden',
  FieldValueTooLong: 'Too long',
  FieldValueTooMany: 'Too many',
  FieldValueTypeInvalid: 'Invalid value',
};

export function fieldErrorBody(error: FieldError): string {
  const words = WORDS[error.reason];
  const silent =
    error.reason === 'FieldValueRequired' ||
    error.reason === 'FieldValueForbidden' ||
    error.reason === 'FieldValueTooLong' ||
    error.value === undefined;
  const told = silent ? words : `${words}: ${JSON.stringify(error.value)}`;
  return error.detail === '' ? told : `${told}: ${error.detail}`;
}

/** Errors told beyond these help nobody, and a hostile object must not make a huge answer. */
const MAX_FIELD_ERRORS = 200;

/** Collects what is wrong with an object, in the order it is found. */
export class FieldErrors {
  readonly list: FieldError[] = [];

  #add(reason: FieldError['reason'], field: string, value: unknown, detail: string): void {
    if (this.list.length < MAX_FIELD_ERRORS) this.list.push({ reason, field, value, detail });
  }

  invalid(field: string, value: unknown, detail: string): void {
    this.#add('FieldValueInvalid', field, value, detail);
  }

  /** A value of another type than the schema says. */
  typeInvalid(field: string, value: unknown, detail: string): void {
    this.#add('FieldValueTypeInvalid', field, value, detail);
  }

  required(field: string, detail = ''): void {
    this.#add('FieldValueRequired', field, '', detail);
  }

  forbidden(field: string, detail: string): void {
    this.#add('FieldValueForbidden', field, '', detail);
  }

  duplicate(field: string, value: unknown): void {
    this.#add('FieldValueDuplicate', field, value, '');
  }

  notFound(field: string, value: unknown): void {
    this.#add('FieldValueNotFound', field, value, '');
  }

  /** Choices in the order upstream lists them. */
  notSupported(field: string, value: unknown, supported: readonly string[]): void {
    const choices = supported.map((choice) => JSON.stringify(choice));
    this.#add('FieldValueNotSupported', field, value, `supported values: ${choices.join(', ')}`);
  }

  tooLong(field: string, maxBytes: number): void {
    this.#add('FieldValueTooLong', field, '', `may not be more than ${maxBytes} bytes`);
  }

  tooMany(field: string, count: number, max: number): void {
    this.#add('FieldValueTooMany', field, count, `must have at most ${max} item${max === 1 ? '' : 's'}`);
  }

  /** One `invalid` per message of a name or format check. */
  invalidEach(field: string, value: unknown, messages: readonly string[]): void {
    for (const message of messages) this.invalid(field, value, message);
  }
}
