import type { DaemonSet, Deployment, ReplicaSet, StatefulSet } from 'kubernetes-types/apps/v1';
import type { PodTemplateSpec, ReplicationController } from 'kubernetes-types/core/v1';
import type { LabelSelector } from 'kubernetes-types/meta/v1';
import { jsonEqual } from '../json.ts';
import { fromLabelSelector, matchesSelector } from '../selectors.ts';
import type { FieldErrors } from './field-errors.ts';
import { internal } from './go-values.ts';
import { isEmptySelector, validateLabelSelector } from './label-selector.ts';
import { validateAnnotations, validateImmutable, validateLabels } from './metadata.ts';
import { dnsLabel } from './names.ts';
import { validatePodSpec } from './pod-spec.ts';

export function nonNegative(value: number | undefined, field: string, errors: FieldErrors): void {
  if (value !== undefined && value < 0) errors.invalid(field, value, 'must be greater than or equal to 0');
}

export function validateTemplate(template: PodTemplateSpec, path: string, errors: FieldErrors): void {
  validateLabels(template.metadata?.labels, `${path}.labels`, errors);
  validateAnnotations(template.metadata?.annotations, `${path}.annotations`, errors);
  validatePodSpec(template.spec ?? { containers: [] }, `${path}.spec`, errors);
  if ((template.spec?.ephemeralContainers ?? []).length > 0)
    errors.forbidden(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template');
}

interface Workload {
  readonly kindInWords: string;
  /** How upstream names the kind where a template may not have a deadline. */
  readonly deadlineKind: string;
}

/** Selector and template, and that they belong together. */
function validateSelected(
  selector: LabelSelector | undefined,
  template: PodTemplateSpec | undefined,
  { kindInWords, deadlineKind }: Workload,
  errors: FieldErrors,
): void {
  const before = errors.list.length;
  if (selector === undefined && kindInWords !== 'daemonset') errors.required('spec.selector');
  if (selector !== undefined) {
    validateLabelSelector(selector, 'spec.selector', errors);
    if (isEmptySelector(selector))
      errors.invalid('spec.selector', selector, `empty selector is invalid for ${kindInWords}`);
  }
  if (template === undefined) return;
  const labels = template.metadata?.labels;
  const parsed = fromLabelSelector(selector);
  const broken = selector !== undefined && errors.list.length > before && !isEmptySelector(selector);
  if (broken && kindInWords !== 'daemonset')
    errors.invalid('spec.selector', selector, 'invalid label selector');
  // No selector selects nothing, an empty one everything.
  else if (!broken && (parsed === undefined || !matchesSelector(parsed, labels)))
    errors.invalid(
      'spec.template.metadata.labels',
      labels ?? null,
      '`selector` does not match template `labels`',
    );
  validateTemplate(template, 'spec.template', errors);
  validateLastingPods(template, deadlineKind, errors);
}

/** Pods that are to run for good may not be told to end. */
function validateLastingPods(template: PodTemplateSpec, deadlineKind: string, errors: FieldErrors): void {
  const policy = template.spec?.restartPolicy;
  if (policy !== 'Always') errors.notSupported('spec.template.spec.restartPolicy', policy ?? '', ['Always']);
  if (template.spec?.activeDeadlineSeconds !== undefined)
    errors.forbidden(
      'spec.template.spec.activeDeadlineSeconds',
      `activeDeadlineSeconds in ${deadlineKind} is not Supported`,
    );
}

/** A count, or a percentage of one. */
export function validateIntOrPercent(
  value: number | string | undefined,
  field: string,
  errors: FieldErrors,
): void {
  if (value === undefined) return;
  if (typeof value === 'number') nonNegative(value, field, errors);
  else if (!/^[0-9]+%$/.test(value)) {
    errors.invalid(
      field,
      value,
      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    );
  }
}

function isZero(value: number | string | undefined): boolean {
  return value === undefined || value === 0 || (typeof value === 'string' && /^0+%$/.test(value));
}

function atMostAll(value: number | string | undefined, field: string, errors: FieldErrors): void {
  if (typeof value === 'string' && /^[0-9]+%$/.test(value) && Number(value.slice(0, -1)) > 100)
    errors.invalid(field, value, 'must not be greater than 100%');
}

export function validateDeployment(deployment: Deployment, errors: FieldErrors): void {
  const { spec } = deployment;
  nonNegative(spec?.replicas, 'spec.replicas', errors);
  validateSelected(
    spec?.selector,
    spec?.template,
    { kindInWords: 'deployment', deadlineKind: 'ReplicaSet' },
    errors,
  );
  const strategy = spec?.strategy;
  const rolling = strategy?.rollingUpdate;
  if (strategy?.type === 'Recreate') {
    if (rolling !== undefined)
      errors.forbidden(
        'spec.strategy.rollingUpdate',
        "may not be specified when strategy `type` is 'Recreate'",
      );
  } else if (strategy?.type === 'RollingUpdate') {
    const at = 'spec.strategy.rollingUpdate';
    if (rolling === undefined) errors.required(at, 'this should be defaulted and never be nil');
    validateIntOrPercent(rolling?.maxUnavailable, `${at}.maxUnavailable`, errors);
    validateIntOrPercent(rolling?.maxSurge, `${at}.maxSurge`, errors);
    if (isZero(rolling?.maxUnavailable) && isZero(rolling?.maxSurge))
      errors.invalid(
        `${at}.maxUnavailable`,
        rolling?.maxUnavailable ?? 0,
        'may not be 0 when `maxSurge` is 0',
      );
    atMostAll(rolling?.maxUnavailable, `${at}.maxUnavailable`, errors);
  } else
    errors.notSupported('spec.strategy', internal(strategy, ['type', 'rollingUpdate']), [
      'Recreate',
      'RollingUpdate',
    ]);
  nonNegative(spec?.minReadySeconds, 'spec.minReadySeconds', errors);
  nonNegative(spec?.revisionHistoryLimit, 'spec.revisionHistoryLimit', errors);
  nonNegative(spec?.progressDeadlineSeconds, 'spec.progressDeadlineSeconds', errors);
  if ((spec?.progressDeadlineSeconds ?? Number.POSITIVE_INFINITY) <= (spec?.minReadySeconds ?? 0))
    errors.invalid(
      'spec.progressDeadlineSeconds',
      spec?.progressDeadlineSeconds,
      'must be greater than minReadySeconds',
    );
}

export function validateSelectorUpdate(
  object: { spec?: { selector?: LabelSelector } },
  previous: { spec?: { selector?: LabelSelector } },
  errors: FieldErrors,
): void {
  validateImmutable(object.spec?.selector, previous.spec?.selector, 'spec.selector', errors);
}

export function validateReplicaSet(replicaSet: ReplicaSet, errors: FieldErrors): void {
  const { spec } = replicaSet;
  nonNegative(spec?.replicas, 'spec.replicas', errors);
  nonNegative(spec?.minReadySeconds, 'spec.minReadySeconds', errors);
  validateSelected(
    spec?.selector,
    spec?.template,
    { kindInWords: 'replicaset', deadlineKind: 'ReplicaSet' },
    errors,
  );
}

export function validateReplicationController({ spec }: ReplicationController, errors: FieldErrors): void {
  nonNegative(spec?.minReadySeconds, 'spec.minReadySeconds', errors);
  const selector = spec?.selector ?? {};
  if (Object.keys(selector).length === 0) errors.required('spec.selector');
  nonNegative(spec?.replicas, 'spec.replicas', errors);
  const template = spec?.template;
  if (template === undefined) return errors.required('spec.template');
  const labels = template.metadata?.labels ?? {};
  if (Object.entries(selector).some(([key, value]) => labels[key] !== value))
    errors.invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`');
  validateTemplate(template, 'spec.template', errors);
  validateLastingPods(template, 'ReplicationController', errors);
}

export function validateDaemonSet(daemonSet: DaemonSet, errors: FieldErrors): void {
  const { spec } = daemonSet;
  validateSelected(
    spec?.selector,
    spec?.template,
    { kindInWords: 'daemonset', deadlineKind: 'DaemonSet' },
    errors,
  );
  nonNegative(spec?.minReadySeconds, 'spec.minReadySeconds', errors);
  nonNegative(spec?.revisionHistoryLimit, 'spec.revisionHistoryLimit', errors);
  const strategy = spec?.updateStrategy;
  if (strategy?.type !== 'RollingUpdate' && strategy?.type !== 'OnDelete')
    errors.notSupported('spec.updateStrategy', internal(strategy, ['type', 'rollingUpdate']), [
      'RollingUpdate',
      'OnDelete',
    ]);
  const rolling = strategy?.rollingUpdate;
  const at = 'spec.updateStrategy.rollingUpdate';
  validateIntOrPercent(rolling?.maxUnavailable, `${at}.maxUnavailable`, errors);
  validateIntOrPercent(rolling?.maxSurge, `${at}.maxSurge`, errors);
  if (strategy?.type === 'RollingUpdate' && isZero(rolling?.maxUnavailable) && isZero(rolling?.maxSurge))
    errors.required(`${at}.maxUnavailable`, 'cannot be 0 when maxSurge is 0');
  if (!isZero(rolling?.maxUnavailable) && !isZero(rolling?.maxSurge))
    errors.invalid(`${at}.maxSurge`, rolling?.maxSurge, 'may not be set when maxUnavailable is non-zero');
  atMostAll(rolling?.maxUnavailable, `${at}.maxUnavailable`, errors);
}

export function validateStatefulSet(statefulSet: StatefulSet, errors: FieldErrors): void {
  const { spec } = statefulSet;
  const management = spec?.podManagementPolicy;
  if (management !== 'OrderedReady' && management !== 'Parallel')
    errors.invalid('spec.podManagementPolicy', management, "must be 'OrderedReady' or 'Parallel'");
  const strategy = spec?.updateStrategy;
  if (strategy?.type !== 'RollingUpdate' && strategy?.type !== 'OnDelete')
    errors.invalid(
      'spec.updateStrategy',
      internal(strategy, ['type', 'rollingUpdate']),
      "must be 'RollingUpdate' or 'OnDelete'",
    );
  if (strategy?.type === 'OnDelete' && strategy.rollingUpdate !== undefined)
    errors.invalid(
      'spec.updateStrategy.rollingUpdate',
      internal(strategy.rollingUpdate, ['partition', 'maxUnavailable']),
      "only allowed for updateStrategy 'RollingUpdate'",
    );
  nonNegative(strategy?.rollingUpdate?.partition, 'spec.updateStrategy.rollingUpdate.partition', errors);
  nonNegative(spec?.replicas, 'spec.replicas', errors);
  nonNegative(spec?.minReadySeconds, 'spec.minReadySeconds', errors);
  if ((spec?.serviceName ?? '') !== '')
    errors.invalidEach('spec.serviceName', spec?.serviceName, dnsLabel(spec?.serviceName ?? ''));
  if ((spec?.volumeClaimTemplates ?? []).length > 0)
    errors.forbidden(
      'spec.volumeClaimTemplates',
      'this simulated cluster does not model PersistentVolumeClaims; use an emptyDir volume',
    );
  validateSelected(
    spec?.selector,
    spec?.template,
    { kindInWords: 'statefulset', deadlineKind: 'StatefulSet' },
    errors,
  );
}

const STATEFUL_SET_CHANGEABLE = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];

export function validateStatefulSetUpdate(
  object: StatefulSet,
  previous: StatefulSet,
  errors: FieldErrors,
): void {
  const [now, then] = [object.spec, previous.spec] as unknown as Record<string, unknown>[];
  const fields = new Set([...Object.keys(now ?? {}), ...Object.keys(then ?? {})]);
  for (const field of fields) {
    if (STATEFUL_SET_CHANGEABLE.includes(field) || jsonEqual(now?.[field], then?.[field])) continue;
    return errors.forbidden(
      'spec',
      "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    );
  }
}
