import type { PersistentVolumeClaim } from 'kubernetes-types/core/v1';
import { jsonEqual } from '../json.ts';
import { parseQuantity } from '../quantity.ts';
import type { FieldErrors } from './field-errors.ts';
import { validateLabelSelector } from './label-selector.ts';
import { dnsSubdomain } from './names.ts';

const ACCESS_MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

export function validateClaim({ spec }: PersistentVolumeClaim, errors: FieldErrors): void {
  const modes = spec?.accessModes ?? [];
  if (modes.length === 0) errors.required('spec.accessModes', 'at least 1 access mode is required');
  if (spec?.selector !== undefined) validateLabelSelector(spec.selector, 'spec.selector', errors);
  for (const mode of modes)
    if (!ACCESS_MODES.includes(mode)) errors.notSupported('spec.accessModes', mode, ACCESS_MODES);
  if (modes.includes('ReadWriteOncePod') && modes.length > 1)
    errors.forbidden('spec.accessModes', 'may not use ReadWriteOncePod with other access modes');
  const storage = spec?.resources?.requests?.['storage'];
  if (storage === undefined) errors.required('spec.resources[storage]');
  else if ((parseQuantity(storage)?.nanos ?? 0n) <= 0n)
    errors.invalid('spec.resources[storage]', storage, 'must be greater than zero');
  if ((spec?.storageClassName ?? '') !== '')
    errors.invalidEach(
      'spec.storageClassName',
      spec?.storageClassName,
      dnsSubdomain(spec?.storageClassName ?? ''),
    );
  if (spec?.volumeMode !== undefined && !['Block', 'Filesystem'].includes(spec.volumeMode))
    errors.notSupported('spec.volumeMode', spec.volumeMode, ['Block', 'Filesystem']);
}

/** Only a bound claim may grow, and none is bound here. */
export function validateClaimUpdate(
  claim: PersistentVolumeClaim,
  previous: PersistentVolumeClaim,
  errors: FieldErrors,
): void {
  if (!jsonEqual(claim.spec, previous.spec))
    errors.forbidden(
      'spec',
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
    );
}
