import type { CronJob } from 'kubernetes-types/batch/v1';
import type { PodSpec, PodTemplate, PodTemplateSpec } from 'kubernetes-types/core/v1';
import type { ObjectMeta } from 'kubernetes-types/meta/v1';
import type { StoredObject } from '../../store/store.ts';
import type { Resource } from '../resources/resource.ts';

/** A pod, or the template of one, inside an object. */
export interface FoundTemplate {
  readonly metadata: ObjectMeta;
  readonly spec: PodSpec;
  /** Where the spec stands, as field errors say it. */
  readonly path: string;
}

/** The pod that an object is, or that it makes. */
export function podTemplateOf(resource: Resource, object: StoredObject): FoundTemplate | undefined {
  const { spec } = object as unknown as { spec?: unknown };
  if (resource.table === 'pods')
    return spec === undefined
      ? undefined
      : { metadata: object.metadata, spec: spec as PodSpec, path: 'spec' };
  if (resource.resource === 'cronjobs')
    return found(
      (object as unknown as CronJob).spec?.jobTemplate.spec?.template,
      'spec.jobTemplate.spec.template',
    );
  if (resource.table === 'podtemplates')
    return found((object as unknown as PodTemplate).template, 'template');
  const makesPods =
    resource.group === 'apps' || resource.group === 'batch' || resource.table === 'replicationcontrollers';
  if (!makesPods) return undefined;
  return found((spec as { template?: PodTemplateSpec } | undefined)?.template, 'spec.template');
}

function found(template: PodTemplateSpec | undefined, path: string): FoundTemplate | undefined {
  return template?.spec === undefined
    ? undefined
    : { metadata: template.metadata ?? {}, spec: template.spec, path: `${path}.spec` };
}
