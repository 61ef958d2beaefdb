import { invalid } from '../status.ts';
import type { Failure } from '../status.ts';
import { FieldErrors } from '../validation/field-errors.ts';
import type { Query } from './scope.ts';

const MATCH = 'resourceVersionMatch';

/** What the parameters of a list or a watch say together (internalversion ValidateListOptions). */
export function validateListOptions(query: Query, watch: boolean): Failure | undefined {
  const errors = new FieldErrors();
  const match = query.get(MATCH);
  const initial = query.has('sendInitialEvents');
  if (watch) {
    if (initial && match !== 'NotOlderThan')
      errors.forbidden(MATCH, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
    if (match !== '') {
      if (!initial)
        errors.forbidden(
          MATCH,
          'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
        );
      if (match !== 'NotOlderThan') errors.notSupported(MATCH, match, ['NotOlderThan']);
      if (query.get('continue') !== '')
        errors.forbidden(MATCH, 'resourceVersionMatch is forbidden when continue is provided');
    }
  } else {
    if (match !== '') {
      const version = query.get('resourceVersion');
      if (version === '')
        errors.forbidden(MATCH, 'resourceVersionMatch is forbidden unless resourceVersion is provided');
      if (query.get('continue') !== '')
        errors.forbidden(MATCH, 'resourceVersionMatch is forbidden when continue is provided');
      if (match !== 'Exact' && match !== 'NotOlderThan')
        errors.notSupported(MATCH, match, ['Exact', 'NotOlderThan', '']);
      if (match === 'Exact' && version === '0')
        errors.forbidden(MATCH, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
    }
    if (initial) errors.forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list');
  }
  return errors.list.length === 0 ? undefined : invalid('ListOptions', 'meta.k8s.io', '', errors.list);
}
