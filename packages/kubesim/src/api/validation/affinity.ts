import type {
  Affinity,
  NodeSelectorTerm,
  PodAffinityTerm,
  TopologySpreadConstraint,
} from 'kubernetes-types/core/v1';
import type { FieldErrors } from './field-errors.ts';
import { validateLabelSelector } from './label-selector.ts';
import { dnsLabel, labelValue, qualifiedName } from './names.ts';

export function validateAffinity(affinity: Affinity | undefined, path: string, errors: FieldErrors): void {
  const node = affinity?.nodeAffinity;
  const required = node?.requiredDuringSchedulingIgnoredDuringExecution;
  if (required !== undefined) {
    const at = `${path}.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`;
    const terms = (required.nodeSelectorTerms as NodeSelectorTerm[] | null | undefined) ?? [];
    if (terms.length === 0) errors.required(at, 'must have at least one node selector term');
    for (const [index, term] of terms.entries()) validateNodeTerm(term, `${at}[${index}]`, errors);
  }
  for (const [index, term] of (node?.preferredDuringSchedulingIgnoredDuringExecution ?? []).entries()) {
    const at = `${path}.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
    validateWeight(term.weight, at, errors);
    validateNodeTerm(term.preference, `${at}.preference`, errors);
  }
  for (const name of ['podAffinity', 'podAntiAffinity'] as const) {
    const pods = affinity?.[name];
    for (const [index, term] of (pods?.requiredDuringSchedulingIgnoredDuringExecution ?? []).entries())
      validatePodTerm(
        term,
        `${path}.${name}.requiredDuringSchedulingIgnoredDuringExecution[${index}]`,
        errors,
      );
    for (const [index, weighted] of (pods?.preferredDuringSchedulingIgnoredDuringExecution ?? []).entries()) {
      const at = `${path}.${name}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
      validateWeight(weighted.weight, at, errors);
      validatePodTerm(weighted.podAffinityTerm, `${at}.podAffinityTerm`, errors);
    }
  }
}

function validateWeight(weight: number, at: string, errors: FieldErrors): void {
  if (weight <= 0 || weight > 100) errors.invalid(`${at}.weight`, weight, 'must be in the range 1-100');
}

function validateNodeTerm(term: NodeSelectorTerm, path: string, errors: FieldErrors): void {
  for (const [index, { key, operator, values = [] }] of (term.matchExpressions ?? []).entries()) {
    const at = `${path}.matchExpressions[${index}]`;
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0)
        errors.required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length > 0)
        errors.forbidden(
          `${at}.values`,
          "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        );
    } else if (operator === 'Gt' || operator === 'Lt') {
      if (values.length !== 1)
        errors.required(`${at}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'");
    } else errors.invalid(`${at}.operator`, operator, 'not a valid selector operator');
    errors.invalidEach(`${at}.key`, key, qualifiedName(key));
    for (const [position, value] of values.entries())
      errors.invalidEach(`${at}.values[${position}]`, value, labelValue(value));
  }
}

function validatePodTerm(term: PodAffinityTerm, path: string, errors: FieldErrors): void {
  validateLabelSelector(term.labelSelector, `${path}.labelSelector`, errors);
  validateLabelSelector(term.namespaceSelector, `${path}.namespaceSelector`, errors);
  for (const name of term.namespaces ?? []) errors.invalidEach(`${path}.namespace`, name, dnsLabel(name));
  if (term.topologyKey === '') errors.required(`${path}.topologyKey`, 'can not be empty');
  errors.invalidEach(`${path}.topologyKey`, term.topologyKey, qualifiedName(term.topologyKey));
}

export function validateTopologySpread(
  constraints: readonly TopologySpreadConstraint[],
  path: string,
  errors: FieldErrors,
): void {
  const seen = new Set<string>();
  for (const [index, constraint] of constraints.entries()) {
    const at = `${path}[${index}]`;
    if (constraint.maxSkew <= 0)
      errors.invalid(`${at}.maxSkew`, constraint.maxSkew, 'must be greater than zero');
    if (constraint.topologyKey === '') errors.required(`${at}.topologyKey`, 'can not be empty');
    if (!['DoNotSchedule', 'ScheduleAnyway'].includes(constraint.whenUnsatisfiable))
      errors.notSupported(`${at}.whenUnsatisfiable`, constraint.whenUnsatisfiable, [
        'DoNotSchedule',
        'ScheduleAnyway',
      ]);
    const key = `{${constraint.topologyKey}, ${constraint.whenUnsatisfiable}}`;
    if (seen.has(key)) errors.duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, key);
    seen.add(key);
    if (constraint.minDomains !== undefined && constraint.minDomains <= 0)
      errors.invalid(`${at}.minDomains`, constraint.minDomains, 'must be greater than zero');
    validateLabelSelector(constraint.labelSelector, `${at}.labelSelector`, errors);
  }
}
