import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyRule,
  SuccessPolicyRule,
} from 'kubernetes-types/batch/v1';
import type { FieldErrors } from './field-errors.ts';
import { qualifiedName } from './names.ts';

/** Bounds of batch/v1's validation. */
const MAX_RULES = 20;
const MAX_PATTERNS = 20;
const MAX_EXIT_CODES = 255;
const MAX_INDEXES_BYTES = 64 * 1024;

const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const STATUSES = ['False', 'True', 'Unknown'];
const OPERATORS = ['In', 'NotIn'];

const quoted = (values: readonly string[]): string =>
  `valid values: [${values.map((value) => JSON.stringify(value)).join(' ')}]`;

/** API19: podFailurePolicy. */
export function validateFailurePolicy(spec: JobSpec, path: string, errors: FieldErrors): void {
  const rules = spec.podFailurePolicy?.rules ?? [];
  const at = `${path}.podFailurePolicy.rules`;
  if (rules.length > MAX_RULES) errors.tooMany(at, rules.length, MAX_RULES);
  for (const [index, rule] of rules.entries()) validateRule(spec, rule, `${at}[${index}]`, errors);
}

export function validateReplacementPolicy(spec: JobSpec, path: string, errors: FieldErrors): void {
  const { podFailurePolicy, podReplacementPolicy: policy } = spec;
  const choices = podFailurePolicy === undefined ? ['Failed', 'TerminatingOrFailed'] : ['Failed'];
  if (policy !== undefined && !choices.includes(policy))
    errors.notSupported(`${path}.podReplacementPolicy`, policy, choices);
}

function validateRule(spec: JobSpec, rule: PodFailurePolicyRule, path: string, errors: FieldErrors): void {
  const { action, onExitCodes, onPodConditions = [] } = rule;
  if (action === '') errors.required(`${path}.action`, quoted(ACTIONS));
  else if (action === 'FailIndex') {
    if (spec.backoffLimitPerIndex === undefined)
      errors.invalid(`${path}.action`, action, 'requires the backoffLimitPerIndex to be set');
  } else if (!ACTIONS.includes(action)) errors.notSupported(`${path}.action`, action, ACTIONS);
  if (onExitCodes !== undefined) validateExitCodes(spec, onExitCodes, `${path}.onExitCodes`, errors);
  if (onPodConditions.length > MAX_PATTERNS)
    errors.tooMany(`${path}.onPodConditions`, onPodConditions.length, MAX_PATTERNS);
  for (const [index, { type, status }] of onPodConditions.entries()) {
    const at = `${path}.onPodConditions[${index}]`;
    errors.invalidEach(`${at}.type`, type, qualifiedName(type));
    if (status === '') errors.required(`${at}.status`, quoted(STATUSES));
    else if (!STATUSES.includes(status)) errors.notSupported(`${at}.status`, status, STATUSES);
  }
  if (onExitCodes !== undefined && onPodConditions.length > 0)
    errors.invalid(path, undefined, 'specifying both OnExitCodes and OnPodConditions is not supported');
  if (onExitCodes === undefined && onPodConditions.length === 0)
    errors.invalid(path, undefined, 'specifying one of OnExitCodes and OnPodConditions is required');
}

function validateExitCodes(
  { template }: JobSpec,
  { operator, containerName, values }: PodFailurePolicyOnExitCodesRequirement,
  path: string,
  errors: FieldErrors,
): void {
  if (operator === '') errors.required(`${path}.operator`, quoted(OPERATORS));
  else if (!OPERATORS.includes(operator)) errors.notSupported(`${path}.operator`, operator, OPERATORS);
  const { containers = [], initContainers = [] } = template.spec ?? {};
  const names = [...containers, ...initContainers].map(({ name }) => name);
  if (containerName !== undefined && !names.includes(containerName))
    errors.invalid(
      `${path}.containerName`,
      containerName,
      'must be one of the container or initContainer names in the pod template',
    );
  if (values.length === 0) errors.invalid(`${path}.values`, values, 'at least one value is required');
  else if (values.length > MAX_EXIT_CODES) errors.tooMany(`${path}.values`, values.length, MAX_EXIT_CODES);
  const seen = new Set<number>();
  for (const [index, value] of values.entries()) {
    if (operator === 'In' && value === 0)
      errors.invalid(`${path}.values[${index}]`, value, 'must not be 0 for the In operator');
    if (seen.has(value)) errors.duplicate(`${path}.values[${index}]`, value);
    seen.add(value);
  }
  if (values.some((value, index) => (values[index - 1] ?? value) > value))
    errors.invalid(`${path}.values`, values, 'must be ordered');
}

/** API19: successPolicy. */
export function validateSuccessPolicy(spec: JobSpec, path: string, errors: FieldErrors): void {
  const { successPolicy, completionMode, completions = 0 } = spec;
  if (successPolicy === undefined) return;
  const at = `${path}.successPolicy`;
  if (completionMode !== 'Indexed') {
    errors.invalid(at, successPolicy, 'requires indexed completion mode');
    return;
  }
  const { rules } = successPolicy;
  if (rules.length === 0)
    errors.required(
      `${at}.rules`,
      'at least one rules must be specified when the successPolicy is specified',
    );
  if (rules.length > MAX_RULES) errors.tooMany(`${at}.rules`, rules.length, MAX_RULES);
  for (const [index, rule] of rules.entries())
    validateSuccessRule(rule, completions, `${at}.rules[${index}]`, errors);
}

function validateSuccessRule(
  { succeededCount: count, succeededIndexes: indexes }: SuccessPolicyRule,
  completions: number,
  path: string,
  errors: FieldErrors,
): void {
  if (count === undefined && indexes === undefined)
    errors.required(path, 'at least one of succeededCount or succeededIndexes must be specified');
  let total = 0;
  if (indexes !== undefined) {
    if (indexes.length > MAX_INDEXES_BYTES) errors.tooLong(`${path}.succeededIndexes`, MAX_INDEXES_BYTES);
    const parsed = parseStrictly(indexes, completions);
    if (parsed.ok) total = parsed.total;
    else
      errors.invalid(
        `${path}.succeededIndexes`,
        indexes,
        `error parsing succeededIndexes: ${parsed.message}`,
      );
  }
  if (count === undefined) return;
  const at = `${path}.succeededCount`;
  if (count < 0) errors.invalid(at, count, 'must be greater than or equal to 0');
  if (count > completions)
    errors.invalid(
      at,
      count,
      `must be less than or equal to ${completions} (the number of specified completions)`,
    );
  if (indexes !== undefined && count > total)
    errors.invalid(
      at,
      count,
      `must be less than or equal to ${total} (the number of indexes in the specified succeededIndexes field)`,
    );
}

type Parsed =
  { readonly ok: true; readonly total: number } | { readonly ok: false; readonly message: string };

/** Unlike the index lists of a status, what a user writes has to be right in every part. */
function parseStrictly(text: string, completions: number): Parsed {
  const wrong = (message: string): Parsed => ({ ok: false, message });
  let total = 0;
  let last = -1;
  if (text === '') return { ok: true, total };
  for (const part of text.split(',')) {
    const limits = part.split('-');
    if (limits.length > 2)
      return wrong(
        `the fragment ${JSON.stringify(part)} violates the requirement that an index interval can have at most two parts separated by '-'`,
      );
    for (const limit of limits) {
      if (!/^[+]?\d+$/.test(limit))
        return wrong(`cannot convert string to integer for index: ${JSON.stringify(limit)}`);
      if (Number(limit) >= completions) return wrong(`too large index: ${JSON.stringify(limit)}`);
    }
    const first = Number(limits[0]);
    const end = Number(limits[1] ?? limits[0]);
    if (limits.length === 2 && first >= end)
      return wrong(`non-increasing order, previous: ${first}, current: ${end}`);
    if (last >= first) return wrong(`non-increasing order, previous: ${last}, current: ${first}`);
    total += end - first + 1;
    last = end;
  }
  return { ok: true, total };
}
