import type { Pod, Toleration } from 'kubernetes-types/core/v1';
import type { RuntimeClass } from 'kubernetes-types/node/v1';
import { jsonEqual } from '../json.ts';
import { forbidden } from '../status.ts';
import type { AdmissionPlugin } from './admission-plugin.ts';

/** API20: a pod takes overhead and scheduling from the RuntimeClass that it names, which has to be there. */
export const runtimeClass: AdmissionPlugin = {
  name: 'RuntimeClass',
  create(resource, object, context) {
    if (resource.table !== 'pods') return undefined;
    const { spec } = object as unknown as Pod;
    if (spec === undefined) return undefined;
    const refuse = (why: string) => forbidden(resource, object.metadata.name ?? '', why);
    const named = spec.runtimeClassName;
    const found =
      named === undefined
        ? undefined
        : (context.get('node.k8s.io/runtimeclasses', named) as unknown as RuntimeClass | undefined);
    if (named !== undefined && found === undefined)
      return refuse(`pod rejected: RuntimeClass ${JSON.stringify(named)} not found`);
    const overhead = found?.overhead?.podFixed;
    const asked = Object.keys(spec.overhead ?? {}).length > 0;
    if (overhead === undefined && asked)
      return refuse('pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead');
    if (overhead !== undefined) {
      if (asked && !jsonEqual(spec.overhead, overhead))
        return refuse("pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
      spec.overhead = { ...overhead };
    }
    const { nodeSelector = {}, tolerations = [] } = found?.scheduling ?? {};
    for (const [key, value] of Object.entries(nodeSelector)) {
      const wanted = spec.nodeSelector?.[key];
      if (wanted !== undefined && wanted !== value)
        return refuse(
          `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${wanted}`,
        );
    }
    if (Object.keys(nodeSelector).length > 0) spec.nodeSelector = { ...spec.nodeSelector, ...nodeSelector };
    const missing = tolerations.filter(
      (toleration: Toleration) => !(spec.tolerations ?? []).some((each) => jsonEqual(each, toleration)),
    );
    if (missing.length > 0)
      spec.tolerations = [...(spec.tolerations ?? []), ...missing.map((each) => ({ ...each }))];
    return undefined;
  },
};
