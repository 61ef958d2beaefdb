import { goQuote } from '@podwire/sim';
import type { PolicyRule } from 'kubernetes-types/rbac/v1';
import { coversPath } from './rules.ts';

/** One thing that a rule allows: rules are taken apart into these to be compared. */
interface Right {
  readonly verb: string;
  readonly group?: string;
  readonly resource?: string;
  readonly resourceName?: string;
  readonly path?: string;
}

/** What of `wanted` the rules in `own` don't allow, in the words of the refusal, sorted (validation.Covers, CompactRules). */
export function missingRights(own: readonly PolicyRule[], wanted: readonly PolicyRule[]): readonly string[] {
  const missing = wanted.flatMap(rightsOf).filter((right) => !own.some((rule) => covers(rule, right)));
  // Those that differ by their verb alone are told together.
  const verbs = new Map<string, { readonly right: Right; readonly verbs: string[] }>();
  const lines: string[] = [];
  for (const right of missing) {
    if (right.path !== undefined) {
      lines.push(`{NonResourceURLs:${list([right.path])}, Verbs:${list([right.verb])}}`);
      continue;
    }
    const key = JSON.stringify([right.group, right.resource, right.resourceName]);
    const known = verbs.get(key);
    if (known === undefined) verbs.set(key, { right, verbs: [right.verb] });
    else known.verbs.push(right.verb);
  }
  for (const { right, verbs: together } of verbs.values()) {
    const named = right.resourceName === undefined ? '' : `, ResourceNames:${list([right.resourceName])}`;
    lines.push(
      `{APIGroups:${list([right.group ?? ''])}, Resources:${list([right.resource ?? ''])}${named}, Verbs:${list(together)}}`,
    );
  }
  return [...new Set(lines)].sort();
}

function list(values: readonly string[]): string {
  return `[${values.map(goQuote).join(' ')}]`;
}

function rightsOf(rule: PolicyRule): readonly Right[] {
  const names: readonly (string | undefined)[] =
    (rule.resourceNames ?? []).length === 0 ? [undefined] : (rule.resourceNames ?? []);
  const ofResources = (rule.apiGroups ?? []).flatMap((group) =>
    (rule.resources ?? []).flatMap((resource) =>
      rule.verbs.flatMap((verb) =>
        names.map((resourceName) => ({
          group,
          resource,
          verb,
          ...(resourceName === undefined ? {} : { resourceName }),
        })),
      ),
    ),
  );
  const ofPaths = (rule.nonResourceURLs ?? []).flatMap((path) => rule.verbs.map((verb) => ({ path, verb })));
  return [...ofResources, ...ofPaths];
}

function covers(rule: PolicyRule, right: Right): boolean {
  const has = (values: readonly string[] | undefined, value: string): boolean =>
    values !== undefined && (values.includes('*') || values.includes(value));
  if (!has(rule.verbs, right.verb)) return false;
  if (right.path !== undefined) {
    const { path } = right;
    return (
      (rule.resourceNames ?? []).length === 0 &&
      (rule.nonResourceURLs ?? []).some((pattern) => coversPath(pattern, path))
    );
  }
  const { group = '', resource = '', resourceName } = right;
  const [, subresource] = /^[^/]*\/(.*)$/.exec(resource) ?? [];
  const covered =
    has(rule.resources, resource) ||
    (subresource !== undefined && rule.resources?.includes(`*/${subresource}`) === true);
  const named =
    (rule.resourceNames ?? []).length === 0 ||
    (resourceName !== undefined && rule.resourceNames?.includes(resourceName) === true);
  return has(rule.apiGroups, group) && covered && named;
}
