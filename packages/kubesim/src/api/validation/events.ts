import type { Event } from 'kubernetes-types/core/v1';
import type { FieldErrors } from './field-errors.ts';

/** An Event lies in the namespace of what it is about; those about cluster-wide things in `default`. */
export function validateEvent(event: Event, errors: FieldErrors): void {
  const namespace = event.metadata.namespace ?? '';
  const about = event.involvedObject.namespace ?? '';
  if (about === '') {
    if (namespace !== 'default' && namespace !== 'kube-system')
      errors.invalid('involvedObject.namespace', about, 'does not match event.namespace');
  } else if (about !== namespace)
    errors.invalid('involvedObject.namespace', about, 'does not match event.namespace');
}
