import type { LabelSelector } from 'kubernetes-types/meta/v1';
import type { FieldErrors } from './field-errors.ts';
import { validateLabels } from './metadata.ts';
import { labelValue, qualifiedName } from './names.ts';

/** A metav1.LabelSelector at `path`. */
export function validateLabelSelector(
  selector: LabelSelector | undefined,
  path: string,
  errors: FieldErrors,
): void {
  if (selector === undefined) return;
  validateLabels(selector.matchLabels, `${path}.matchLabels`, errors);
  for (const [index, { key, operator, values = [] }] of (selector.matchExpressions ?? []).entries()) {
    const at = `${path}.matchExpressions[${index}]`;
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0)
        errors.required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length > 0)
        errors.forbidden(
          `${at}.values`,
          "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        );
    } else errors.invalid(`${at}.operator`, operator, 'not a valid selector operator');
    errors.invalidEach(`${at}.key`, key, qualifiedName(key));
    for (const [position, value] of values.entries())
      errors.invalidEach(`${at}.values[${position}]`, value, labelValue(value));
  }
}

export function isEmptySelector(selector: LabelSelector | undefined): boolean {
  return (
    Object.keys(selector?.matchLabels ?? {}).length === 0 && (selector?.matchExpressions ?? []).length === 0
  );
}
