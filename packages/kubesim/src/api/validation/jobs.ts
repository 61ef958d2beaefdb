import type { CronJob, Job, JobSpec } from 'kubernetes-types/batch/v1';
import { jsonEqual } from '../json.ts';
import { parseSchedule } from '../schedule.ts';
import { fromLabelSelector, matchesSelector } from '../selectors.ts';
import type { FieldErrors } from './field-errors.ts';
import { validateLabelSelector } from './label-selector.ts';
import { validateImmutable } from './metadata.ts';
import { dnsSubdomain } from './names.ts';
import { validateFailurePolicy, validateReplacementPolicy, validateSuccessPolicy } from './job-policies.ts';
import { nonNegative, validateTemplate } from './workloads.ts';

const MODES = ['NonIndexed', 'Indexed'];
const CRON_JOB_NAME_MAX = 52;
const MAX_MANAGED_BY = 63;

export function validateJob(job: Job, errors: FieldErrors): void {
  if (job.spec !== undefined) validateJobSpec(job.spec, 'spec', errors);
  if (job.spec?.selector === undefined) errors.required('spec.selector');
  else {
    validateLabelSelector(job.spec.selector, 'spec.selector', errors);
    validateGenerated(job, errors);
  }
}

const CONTROLLER_UID = 'batch.kubernetes.io/controller-uid';

/** The selector is the server's to make, unless the user says otherwise. */
function validateGenerated(job: Job, errors: FieldErrors): void {
  const { spec, metadata } = job;
  const labels = spec?.template.metadata?.labels;
  const expected = { matchLabels: { [CONTROLLER_UID]: metadata?.uid ?? '' } };
  if (spec?.manualSelector !== true && !jsonEqual(spec?.selector, expected))
    errors.invalid('spec.selector', spec?.selector, '`selector` not auto-generated');
  const parsed = fromLabelSelector(spec?.selector);
  if (parsed !== undefined && !matchesSelector(parsed, labels))
    errors.invalid(
      'spec.template.metadata.labels',
      labels ?? null,
      '`selector` does not match template `labels`',
    );
}

function validateJobSpec(spec: JobSpec, path: string, errors: FieldErrors): void {
  for (const field of [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
  ] as const)
    nonNegative(spec[field], `${path}.${field}`, errors);
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined)
    errors.required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified');
  if (spec.managedBy !== undefined) {
    const [domain = '', ...rest] = spec.managedBy.split('/');
    if (rest.length === 0 || domain === '' || rest.join('/') === '')
      errors.invalid(
        `${path}.managedBy`,
        spec.managedBy,
        'must be a domain-prefixed path (such as "acme.io/foo")',
      );
    else errors.invalidEach(`${path}.managedBy`, domain, dnsSubdomain(domain));
    if (spec.managedBy.length > MAX_MANAGED_BY) errors.tooLong(`${path}.managedBy`, MAX_MANAGED_BY);
  }
  if (spec.completionMode !== undefined && !MODES.includes(spec.completionMode))
    errors.notSupported(`${path}.completionMode`, spec.completionMode, MODES);
  if (spec.completionMode === 'Indexed' && spec.completions === undefined)
    errors.required(`${path}.completions`, 'when completion mode is Indexed');
  if (
    spec.completionMode === 'Indexed' &&
    spec.completions !== undefined &&
    (spec.maxFailedIndexes ?? 0) > spec.completions
  )
    errors.invalid(
      `${path}.maxFailedIndexes`,
      spec.maxFailedIndexes,
      'must be less than or equal to completions',
    );
  if (spec.completionMode === 'NonIndexed') {
    if (spec.backoffLimitPerIndex !== undefined)
      errors.invalid(
        `${path}.backoffLimitPerIndex`,
        spec.backoffLimitPerIndex,
        'requires indexed completion mode',
      );
    if (spec.maxFailedIndexes !== undefined)
      errors.invalid(`${path}.maxFailedIndexes`, spec.maxFailedIndexes, 'requires indexed completion mode');
  }
  validateFailurePolicy(spec, path, errors);
  validateSuccessPolicy(spec, path, errors);
  validateReplacementPolicy(spec, path, errors);
  validateTemplate(spec.template, `${path}.template`, errors);
  const restart = spec.template.spec?.restartPolicy;
  if (restart === 'Always' || restart === undefined)
    errors.required(`${path}.template.spec.restartPolicy`, 'valid values: "OnFailure", "Never"');
  else if (restart !== 'OnFailure' && restart !== 'Never')
    errors.notSupported(`${path}.template.spec.restartPolicy`, restart, ['OnFailure', 'Never']);
  else if (spec.podFailurePolicy !== undefined && restart !== 'Never')
    errors.invalid(
      `${path}.template.spec.restartPolicy`,
      restart,
      'only "Never" is supported when podFailurePolicy is specified',
    );
}

export function validateJobUpdate(job: Job, previous: Job, errors: FieldErrors): void {
  const [now, then] = [job.spec, previous.spec];
  if (now?.completionMode !== 'Indexed')
    validateImmutable(now?.completions, then?.completions, 'spec.completions', errors);
  else if (
    now.completions !== undefined &&
    now.completions !== then?.completions &&
    now.completions !== now.parallelism
  )
    errors.invalid(
      'spec.completions',
      now.completions,
      'can only be modified in tandem with spec.parallelism',
    );
  validateImmutable(now?.selector, then?.selector, 'spec.selector', errors);
  validateImmutable(now?.template, then?.template, 'spec.template', errors);
  validateImmutable(now?.completionMode, then?.completionMode, 'spec.completionMode', errors);
  validateImmutable(now?.podFailurePolicy, then?.podFailurePolicy, 'spec.podFailurePolicy', errors);
  validateImmutable(
    now?.backoffLimitPerIndex,
    then?.backoffLimitPerIndex,
    'spec.backoffLimitPerIndex',
    errors,
  );
  validateImmutable(now?.managedBy, then?.managedBy, 'spec.managedBy', errors);
  validateImmutable(now?.successPolicy, then?.successPolicy, 'spec.successPolicy', errors);
}

export function validateCronJob(cronJob: CronJob, errors: FieldErrors): void {
  const { spec } = cronJob;
  const name = cronJob.metadata?.name ?? '';
  // Jobs add a time of eleven characters to the name.
  if (name.length > CRON_JOB_NAME_MAX)
    errors.invalid('metadata.name', name, `must be no more than ${CRON_JOB_NAME_MAX} characters`);
  const schedule = spec?.schedule ?? '';
  if (schedule === '') errors.required('spec.schedule');
  else {
    const parsed = parseSchedule(schedule);
    if (!parsed.ok) errors.invalid('spec.schedule', schedule, parsed.message);
    if (schedule.includes('TZ'))
      errors.invalid(
        'spec.schedule',
        schedule,
        'cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
      );
  }
  if (spec?.timeZone !== undefined && spec.timeZone !== 'UTC' && spec.timeZone !== 'Etc/UTC')
    errors.invalid('spec.timeZone', spec.timeZone, 'this simulated cluster has no time zone data: use UTC');
  nonNegative(spec?.startingDeadlineSeconds, 'spec.startingDeadlineSeconds', errors);
  if (!['Allow', 'Forbid', 'Replace'].includes(spec?.concurrencyPolicy ?? ''))
    errors.notSupported('spec.concurrencyPolicy', spec?.concurrencyPolicy, ['Allow', 'Forbid', 'Replace']);
  if (spec?.jobTemplate.spec !== undefined) {
    if (spec.jobTemplate.spec.manualSelector === true)
      errors.notSupported('spec.jobTemplate.spec.manualSelector', true, ['nil', 'false']);
    validateJobSpec(spec.jobTemplate.spec, 'spec.jobTemplate.spec', errors);
  }
  nonNegative(spec?.successfulJobsHistoryLimit, 'spec.successfulJobsHistoryLimit', errors);
  nonNegative(spec?.failedJobsHistoryLimit, 'spec.failedJobsHistoryLimit', errors);
}
