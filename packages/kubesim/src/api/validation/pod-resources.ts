import type { ResourceRequirements } from 'kubernetes-types/core/v1';
import { compareQuantities } from '../quantity.ts';
import type { FieldErrors } from './field-errors.ts';
import { sortedEntries } from './metadata.ts';
import { qualifiedName } from './names.ts';

const STANDARD = ['cpu', 'memory', 'ephemeral-storage'];

/** Requests and limits of a container. */
export function validateResources(
  resources: ResourceRequirements | undefined,
  path: string,
  errors: FieldErrors,
): void {
  const limits = (resources?.limits ?? {}) as Record<string, string>;
  const requests = (resources?.requests ?? {}) as Record<string, string>;
  for (const [name, list] of [
    ['limits', limits],
    ['requests', requests],
  ] as const) {
    for (const [resource, quantity] of sortedEntries(list)) {
      validateName(resource, `${path}.${name}[${resource}]`, errors);
      if ((compareQuantities(quantity, '0') ?? 0) < 0)
        errors.invalid(`${path}.${name}[${resource}]`, quantity, 'must be greater than or equal to 0');
    }
  }
  for (const [resource, request] of sortedEntries(requests)) {
    const limit = limits[resource];
    if (limit !== undefined && (compareQuantities(request, limit) ?? 0) > 0)
      errors.invalid(
        `${path}.requests`,
        request,
        `must be less than or equal to ${resource} limit of ${limit}`,
      );
  }
}

function validateName(resource: string, field: string, errors: FieldErrors): void {
  const messages = qualifiedName(resource);
  errors.invalidEach(field, resource, messages);
  if (messages.length > 0 || resource.includes('/')) return;
  if (STANDARD.includes(resource) || resource.startsWith('hugepages-')) return;
  errors.invalid(field, resource, 'must be a standard resource type or fully qualified');
  errors.invalid(field, resource, 'must be a standard resource for containers');
}
