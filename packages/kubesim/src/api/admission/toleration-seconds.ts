import type { Pod } from 'kubernetes-types/core/v1';
import type { AdmissionPlugin } from './admission-plugin.ts';

const TAINTS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];
/** How long a pod stays on a node that is gone (`--default-not-ready-toleration-seconds`). */
const SECONDS = 300;

export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  create(resource, object) {
    if (resource.table !== 'pods') return undefined;
    const { spec } = object as unknown as Pod;
    if (spec === undefined) return undefined;
    for (const key of TAINTS) {
      const tolerated = (spec.tolerations ?? []).some(
        (toleration) =>
          ((toleration.key ?? '') === key || (toleration.key ?? '') === '') &&
          ((toleration.effect ?? '') === 'NoExecute' || (toleration.effect ?? '') === ''),
      );
      if (tolerated) continue;
      spec.tolerations = [
        ...(spec.tolerations ?? []),
        { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: SECONDS },
      ];
    }
    return undefined;
  },
};
