import type { ObjectExpectation, ObjectReference } from './check-model.ts';
import type { CheckSource } from './check-schema.ts';
import { defined } from './defined.ts';

type ObjectSource = NonNullable<CheckSource['object']>;
type ReferenceSource = Pick<ObjectSource, 'apiVersion' | 'kind' | 'namespace' | 'name' | 'labelSelector'>;

export function objectReference({
  apiVersion,
  kind,
  namespace,
  name,
  labelSelector,
}: ReferenceSource): ObjectReference {
  return { apiVersion, kind, ...defined({ namespace, name, labelSelector }) };
}

export function objectExpectation(source: ObjectSource): ObjectExpectation {
  const { count, match, cel, ownedBy, condition, unchanged, valid } = source;
  return {
    object: objectReference(source),
    ...defined({
      match,
      cel,
      unchanged,
      valid,
      count: count === undefined ? undefined : defined(count),
      ownedBy: ownedBy === undefined ? undefined : { kind: ownedBy.kind, ...defined({ name: ownedBy.name }) },
      condition:
        condition === undefined
          ? undefined
          : { type: condition.type, status: condition.status, ...defined({ reason: condition.reason }) },
    }),
  };
}
