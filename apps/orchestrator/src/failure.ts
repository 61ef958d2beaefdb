import type { ApiError } from '@podwire/protocol';

/** An answer that is not what was asked for. `code` is for programs and stays; `message` is for people. */
export class Failure extends Error {
  readonly status: number;
  readonly code: string;
  readonly field: string | undefined;

  constructor(
    status: number,
    code: string,
    message: string,
    options: { readonly field?: string; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Failure';
    this.status = status;
    this.code = code;
    this.field = options.field;
  }

  toJSON(): ApiError {
    return {
      error: {
        code: this.code,
        message: this.message,
        ...(this.field === undefined ? {} : { field: this.field }),
      },
    };
  }
}

export function notFound(what: string): Failure {
  return new Failure(404, 'not-found', `There is no such ${what}, or it is not yours.`);
}
