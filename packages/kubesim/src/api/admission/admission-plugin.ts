import type { StoredObject } from '../../store/store.ts';
import type { Resource, ResourceContext } from '../resources/resource.ts';
import type { Failure } from '../status.ts';

/** One admission plugin: may change the draft, or refuse it. */
export interface AdmissionPlugin {
  readonly name: string;
  readonly create?: (
    resource: Resource,
    object: StoredObject,
    context: ResourceContext,
    /** What the client should be warned of is added here. */
    warnings: string[],
  ) => Failure | undefined;
  readonly update?: (
    resource: Resource,
    object: StoredObject,
    previous: StoredObject,
    context: ResourceContext,
    warnings: string[],
  ) => Failure | undefined;
}
