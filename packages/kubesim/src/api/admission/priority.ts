import type { Pod } from 'kubernetes-types/core/v1';
import type { PriorityClass } from 'kubernetes-types/scheduling/v1';
import { forbidden } from '../status.ts';
import type { AdmissionPlugin } from './admission-plugin.ts';

/** Writes the number behind a pod's priority class. */
export const priority: AdmissionPlugin = {
  name: 'Priority',
  create(resource, object, context) {
    if (resource.table !== 'pods') return undefined;
    const { spec } = object as unknown as Pod;
    if (spec === undefined) return undefined;
    const classes = context.list('scheduling.k8s.io/priorityclasses') as unknown as readonly PriorityClass[];
    const name = spec.priorityClassName ?? '';
    const found =
      name === ''
        ? classes.find((candidate) => candidate.globalDefault === true)
        : classes.find((candidate) => candidate.metadata?.name === name);
    if (name !== '' && found === undefined)
      return forbidden(resource, object.metadata.name ?? '', `no PriorityClass with name ${name} was found`);
    const value = found?.value ?? 0;
    if (spec.priority !== undefined && spec.priority !== value) {
      return forbidden(
        resource,
        object.metadata.name ?? '',
        `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
      );
    }
    spec.priority = value;
    if (found?.metadata?.name !== undefined) spec.priorityClassName = found.metadata.name;
    spec.preemptionPolicy ??= found?.preemptionPolicy ?? 'PreemptLowerPriority';
    return undefined;
  },
};
