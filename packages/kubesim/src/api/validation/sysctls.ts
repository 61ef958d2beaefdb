import type { PodSpec } from 'kubernetes-types/core/v1';
import type { FieldErrors } from './field-errors.ts';

const MAX_NAME = 253;
const NAME = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;

export function isSysctlName(name: string): boolean {
  return name.length <= MAX_NAME && NAME.test(name);
}

export function validateSysctls(spec: PodSpec, path: string, errors: FieldErrors): void {
  const seen = new Set<string>();
  for (const [index, { name }] of (spec.securityContext?.sysctls ?? []).entries()) {
    const at = `${path}.securityContext.sysctls[${index}].name`;
    if (name === '') errors.required(at);
    else if (!isSysctlName(name))
      errors.invalid(
        at,
        name,
        `must have at most ${MAX_NAME} characters and match regex ${NAME.source.replace('[./]', String.raw`[\./]`)}`,
      );
    else if (seen.has(name)) errors.duplicate(at, name);
    seen.add(name);
  }
}
