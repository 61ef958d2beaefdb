import type { CronJob } from 'kubernetes-types/batch/v1';
import type { PodSpec, Volume } from 'kubernetes-types/core/v1';
import type { StoredObject } from '../../store/store.ts';
import type { Resource } from '../resources/resource.ts';
import { notModelled } from '../status.ts';
import type { Failure } from '../status.ts';
import { isSysctlName } from '../validation/sysctls.ts';
import type { AdmissionPlugin } from './admission-plugin.ts';
import { podTemplateOf } from './pod-template.ts';

/** Volumes that the simulated kubelet can fill. */
const MODELLED_VOLUMES: ReadonlySet<string> = new Set([
  'name',
  'emptyDir',
  'configMap',
  'secret',
  'projected',
  'downwardAPI',
  'hostPath',
]);

/** API10: a field that would have an effect here, and has none, is refused when it is set. */
export const notModelledFields: AdmissionPlugin = {
  name: 'NotModelled',
  create: (resource, object) => check(resource, object),
  update: (resource, object) => (resource.table === 'pods' ? undefined : check(resource, object)),
};

function check(resource: Resource, object: StoredObject): Failure | undefined {
  if (
    resource.resource === 'cronjobs' &&
    ((object as unknown as CronJob).spec?.schedule ?? '').startsWith('@every')
  )
    return notModelled('schedules by interval: spec.schedule @every');
  const found = podTemplateOf(resource, object);
  return found === undefined ? undefined : checkPodSpec(found.spec, found.path);
}

function checkPodSpec(spec: PodSpec, path: string): Failure | undefined {
  for (const [index, volume] of (spec.volumes ?? []).entries()) {
    const source = Object.keys(volume satisfies Volume).find((field) => !MODELLED_VOLUMES.has(field));
    if (source !== undefined) return notModelled(`volumes of this type: ${path}.volumes[${index}].${source}`);
  }
  const extra = spec as PodSpec & {
    resourceClaims?: unknown[];
    hostnameOverride?: string;
    resources?: unknown;
  };
  if ((extra.resourceClaims ?? []).length > 0)
    return notModelled(`dynamic resource allocation: ${path}.resourceClaims`);
  const sysctls = spec.securityContext?.sysctls ?? [];
  // A name that no kernel has is told by validation, as by the real server.
  if (sysctls.length > 0 && sysctls.every(({ name }) => isSysctlName(name)))
    return notModelled(`settings of the kernel: ${path}.securityContext.sysctls`);
  if (spec.os?.name === 'windows') return notModelled(`Windows nodes: ${path}.os`);
  if (extra.hostnameOverride !== undefined) return notModelled(`${path}.hostnameOverride`);
  if (extra.resources !== undefined && Object.keys(extra.resources as object).length > 0)
    return notModelled(`resources of whole pods: ${path}.resources`);
  return undefined;
}
