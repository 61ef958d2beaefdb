import { goQuote } from '@podwire/sim';
import type { Status } from 'kubernetes-types/meta/v1';
import type { FieldError } from './validation/field-errors.ts';
import { fieldErrorBody } from './validation/field-errors.ts';

/** An expected failure of a request, carried as the Status that the client gets. */
export interface Failure {
  readonly ok: false;
  readonly status: Status & { code: number };
}
export type Outcome<Value> = { readonly ok: true; readonly value: Value } | Failure;

/** The resource an error speaks of. */
export interface ResourceName {
  readonly group: string;
  /** Plural: `pods`. */
  readonly resource: string;
}

export function success<Value>(value: Value): { readonly ok: true; readonly value: Value } {
  return { ok: true, value };
}

export function failure(code: number, reason: string, message: string, details?: Status['details']): Failure {
  return {
    ok: false,
    status: {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason === '' ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
      code,
    },
  };
}

/** `pods`, or `deployments.apps`. */
export function qualified({ group, resource }: ResourceName): string {
  return group === '' ? resource : `${resource}.${group}`;
}

function detailsOf(of: ResourceName, name: string): Status['details'] {
  return {
    ...(name === '' ? {} : { name }),
    ...(of.group === '' ? {} : { group: of.group }),
    ...(of.resource === '' ? {} : { kind: of.resource }),
  };
}

export function notFound(of: ResourceName, name: string): Failure {
  return failure(404, 'NotFound', `${qualified(of)} ${goQuote(name)} not found`, detailsOf(of, name));
}

export function alreadyExists(of: ResourceName, name: string): Failure {
  return failure(
    409,
    'AlreadyExists',
    `${qualified(of)} ${goQuote(name)} already exists`,
    detailsOf(of, name),
  );
}

export const MODIFIED =
  'the object has been modified; please apply your changes to the latest version and try again';

export function conflict(of: ResourceName, name: string, why: string = MODIFIED): Failure {
  return failure(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(of)} ${goQuote(name)}: ${why}`,
    detailsOf(of, name),
  );
}

export function forbidden(of: ResourceName, name: string, why: string): Failure {
  const what =
    of.resource === ''
      ? 'forbidden'
      : name === ''
        ? `${qualified(of)} is forbidden`
        : `${qualified(of)} ${goQuote(name)} is forbidden`;
  return failure(403, 'Forbidden', `${what}: ${why}`, detailsOf(of, name));
}

export function badRequest(message: string): Failure {
  return failure(400, 'BadRequest', message);
}

export function internalError(message: string): Failure {
  return failure(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });
}

/** What the simulation does not model (API10). */
export function notModelled(what: string): Failure {
  return failure(501, 'NotImplemented', `this simulated cluster does not model ${what}`);
}

export function methodNotSupported(of: ResourceName, verb: string): Failure {
  return failure(
    405,
    'MethodNotAllowed',
    `${verb} is not supported on resources of kind "${qualified(of)}"`,
    detailsOf(of, ''),
  );
}

export function expired(message: string): Failure {
  return failure(410, 'Expired', message);
}

/** Several errors become one message, as Go's aggregates print: alone, or in brackets; each once. */
export function invalid(kind: string, group: string, name: string, errors: readonly FieldError[]): Failure {
  const messages = [...new Set(errors.map((error) => `${error.field}: ${fieldErrorBody(error)}`))];
  const text = messages.length === 1 ? (messages[0] ?? '') : `[${messages.join(', ')}]`;
  const what = group === '' ? kind : `${kind}.${group}`;
  return failure(422, 'Invalid', `${what} ${goQuote(name)} is invalid: ${text}`, {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    kind,
    causes: errors.map((error) => ({
      reason: error.reason,
      message: fieldErrorBody(error),
      field: error.field,
    })),
  });
}
