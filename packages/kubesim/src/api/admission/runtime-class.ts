import type { Pod } from 'kubernetes-types/core/v1';
import { forbidden } from '../status.ts';
import type { AdmissionPlugin } from './admission-plugin.ts';

/** This cluster has no RuntimeClasses: a pod that names one is refused as upstream refuses an unknown one. */
export const runtimeClass: AdmissionPlugin = {
  name: 'RuntimeClass',
  create(resource, object) {
    if (resource.table !== 'pods') return undefined;
    const { spec } = object as unknown as Pod;
    const name = object.metadata.name ?? '';
    if (spec?.runtimeClassName !== undefined)
      return forbidden(
        resource,
        name,
        `pod rejected: RuntimeClass ${JSON.stringify(spec.runtimeClassName)} not found`,
      );
    if (Object.keys(spec?.overhead ?? {}).length > 0)
      return forbidden(
        resource,
        name,
        'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
      );
    return undefined;
  },
};
