import type { Container, Pod, PodSpec } from 'kubernetes-types/core/v1';
import { cloneJson, jsonEqual } from '../json.ts';
import type { FieldErrors } from './field-errors.ts';
import { validatePodSpec } from './pod-spec.ts';

export function validatePod(pod: Pod, errors: FieldErrors): void {
  validatePodSpec(pod.spec ?? { containers: [] }, 'spec', errors);
}

const CHANGEABLE =
  '`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** What of a pod may change once it exists. */
export function validatePodUpdate(pod: Pod, previous: Pod, errors: FieldErrors): void {
  const spec = pod.spec ?? { containers: [] };
  const before = previous.spec ?? { containers: [] };
  for (const field of ['containers', 'initContainers'] as const) {
    const [now, then] = [spec[field] ?? [], before[field] ?? []];
    if (now.length !== then.length)
      return errors.forbidden(`spec.${field}`, 'pod updates may not add or remove containers');
    for (const [index, container] of now.entries())
      if ((container.image ?? '') === '') errors.required(`spec.${field}[${index}].image`);
  }
  const deadline = before.activeDeadlineSeconds;
  if (deadline !== undefined && spec.activeDeadlineSeconds === undefined)
    errors.invalid(
      'spec.activeDeadlineSeconds',
      null,
      'must not update from a positive integer to nil value',
    );
  else if (deadline !== undefined && (spec.activeDeadlineSeconds ?? 0) > deadline)
    errors.invalid(
      'spec.activeDeadlineSeconds',
      spec.activeDeadlineSeconds,
      'must be less than or equal to previous value',
    );
  const kept = (before.tolerations ?? []).every((toleration) =>
    (spec.tolerations ?? []).some((other) => jsonEqual(other, toleration)),
  );
  if (!kept)
    errors.forbidden(
      'spec.tolerations',
      'existing toleration can not be modified except its tolerationSeconds',
    );
  if (jsonEqual(spec, before)) return;
  const munged = munge(spec, before);
  if (!jsonEqual(munged, before))
    errors.forbidden(
      'spec',
      `pod updates may not change fields other than ${CHANGEABLE}\n${specDiff(before, munged)}`,
    );
}

function munge(spec: PodSpec, before: PodSpec): PodSpec {
  const munged = cloneJson(spec);
  for (const field of ['containers', 'initContainers'] as const) {
    for (const [index, container] of (munged[field] ?? []).entries()) {
      const image = before[field]?.[index]?.image;
      if (image !== undefined) container.image = image;
    }
  }
  const carried = ['activeDeadlineSeconds', 'schedulingGates', 'tolerations', 'ephemeralContainers'] as const;
  for (const field of carried) copyField(munged, before, field);
  return munged;
}

function copyField(target: PodSpec, source: PodSpec, field: keyof PodSpec): void {
  const value = source[field];
  if (value === undefined) Reflect.deleteProperty(target, field);
  else Object.assign(target, { [field]: value });
}

/** Fields that differ, one a line, as removed and added. */
function specDiff(before: PodSpec, after: PodSpec): string {
  const lines: string[] = ['  core.PodSpec{'];
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof PodSpec)[];
  for (const field of fields) {
    if (jsonEqual(before[field], after[field])) continue;
    const name = `${field.charAt(0).toUpperCase()}${field.slice(1)}`;
    if (before[field] !== undefined) lines.push(`- \t${name}: ${JSON.stringify(before[field])},`);
    if (after[field] !== undefined) lines.push(`+ \t${name}: ${JSON.stringify(after[field])},`);
  }
  return [...lines, '  }', ''].join('\n');
}

/** The ephemeralcontainers subresource: containers may be added, never changed or taken away. */
export function validateEphemeralUpdate(pod: Pod, previous: Pod, errors: FieldErrors): void {
  const now = (pod.spec?.ephemeralContainers ?? []) as readonly Container[];
  const byName = new Map(now.map((container) => [container.name, container]));
  for (const container of previous.spec?.ephemeralContainers ?? []) {
    const other = byName.get(container.name);
    if (other === undefined)
      errors.forbidden(
        'spec.ephemeralContainers',
        `existing ephemeral containers ${JSON.stringify(container.name)} may not be removed\n`,
      );
    else if (!jsonEqual(other, container))
      errors.forbidden(
        'spec.ephemeralContainers',
        `existing ephemeral containers ${JSON.stringify(container.name)} may not be changed\n`,
      );
  }
}
