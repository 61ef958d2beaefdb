import type { Job } from 'kubernetes-types/batch/v1';
import type { Pod } from 'kubernetes-types/core/v1';
import { controllerOf, keyOf, nameOf, splitKey, uidOf } from '../../runtime/objects.ts';
import { changeOf, DONE, RETRY } from '../contract.ts';
import type { Controller, ControllerContext } from '../contract.ts';
import { isFinished, isManagedElsewhere } from './conditions.ts';
import { isOfJob, isTracked, release } from './pods.ts';

/** Lets go of pods whose job will not count them: it is gone, or has finished (syncOrphanPod). */
export function jobOrphanController(context: ControllerContext): Controller {
  const { client } = context;
  return {
    name: 'job-orphan-pods',
    watches: ['Job', 'Pod'],
    keysOf(change) {
      const job = changeOf(change, 'Job');
      if (job !== undefined) {
        if (job.type !== 'DELETED' && !isFinished(job.object)) return [];
        const { namespace = '' } = job.object.metadata ?? {};
        return client
          .list('Pod', { namespace })
          .filter((pod) => isTracked(pod) && controllerOf(pod)?.uid === uidOf(job.object))
          .map(keyOf);
      }
      const pod = changeOf(change, 'Pod');
      return pod === undefined || pod.type === 'DELETED' || !isTracked(pod.object) ? [] : [keyOf(pod.object)];
    },
    allKeys: () => client.list('Pod').filter(isTracked).map(keyOf),
    reconcile(key) {
      const { namespace, name } = splitKey(key);
      const pod = client.get('Pod', namespace, name);
      if (pod === undefined || !isTracked(pod) || !isForsaken(pod, namespace)) return DONE;
      return release(context, pod) ? DONE : RETRY;
    },
  };

  function isForsaken(pod: Pod, namespace: string): boolean {
    const owner = controllerOf(pod);
    if (owner === undefined) return true;
    if (!isOfJob(pod)) return false;
    const job: Job | undefined = client.get('Job', namespace, owner.name);
    if (job === undefined || uidOf(job) !== owner.uid || nameOf(job) !== owner.name) return true;
    return !isManagedElsewhere(job) && isFinished(job);
  }
}
