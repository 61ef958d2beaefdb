import type { Node } from 'kubernetes-types/core/v1';
import { cidr } from './addresses.ts';
import type { FieldErrors } from './field-errors.ts';
import { labelValue, qualifiedName } from './names.ts';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export function validateNode(node: Node, errors: FieldErrors): void {
  const seen = new Set<string>();
  for (const [index, taint] of (node.spec?.taints ?? []).entries()) {
    const at = `spec.taints[${index}]`;
    errors.invalidEach(`${at}.key`, taint.key, qualifiedName(taint.key));
    const messages = labelValue(taint.value ?? '');
    if (messages.length > 0) errors.invalid(`${at}.value`, taint.value, messages.join(';'));
    if (taint.effect === '') errors.required(`${at}.effect`);
    else if (!EFFECTS.includes(taint.effect)) errors.notSupported(`${at}.effect`, taint.effect, EFFECTS);
    const key = `${taint.key}:${taint.effect}`;
    if (seen.has(key)) errors.duplicate(at, taint);
    seen.add(key);
  }
  for (const [index, range] of (node.spec?.podCIDRs ?? []).entries())
    errors.invalidEach(`spec.podCIDRs[${index}]`, range, cidr(range));
}

export function validateNodeUpdate(node: Node, previous: Node, errors: FieldErrors): void {
  const before = previous.spec?.podCIDRs ?? [];
  if (before.length > 0 && JSON.stringify(before) !== JSON.stringify(node.spec?.podCIDRs ?? []))
    errors.forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid');
  const provider = previous.spec?.providerID ?? '';
  if (provider !== '' && provider !== node.spec?.providerID)
    errors.forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid');
}
