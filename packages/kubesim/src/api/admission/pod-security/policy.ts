import type { PodSpec } from 'kubernetes-types/core/v1';
import type { ObjectMeta } from 'kubernetes-types/meta/v1';
import { BASELINE_CHECKS, RESTRICTED_CHECKS, subjectOf } from './checks.ts';
import type { Check, Violation } from './checks.ts';

const LEVELS = ['privileged', 'baseline', 'restricted'] as const;
export type Level = (typeof LEVELS)[number];

/** One standard at one version, as `restricted:latest`. */
export interface Standard {
  readonly level: Level;
  readonly version: string;
}

/** What a namespace asks for by its labels. Auditing has no place to be seen here and is left out. */
export interface NamespacePolicy {
  readonly enforce: Standard;
  readonly warn: Standard;
}

/** A label that cannot be read. */
export interface LabelProblem {
  readonly label: string;
  readonly value: string;
  readonly message: string;
}

const PREFIX = 'pod-security.kubernetes.io/';
const LATEST = 'latest';

/** Reads a namespace's labels. What cannot be read counts as the strictest for `enforce`, as none for `warn`. */
export function policyOf(labels: Readonly<Record<string, string>>): {
  readonly policy: NamespacePolicy;
  readonly problems: readonly LabelProblem[];
} {
  const problems: LabelProblem[] = [];
  const level = (mode: string, otherwise: Level, unreadable: Level): Level => {
    const label = `${PREFIX}${mode}`;
    const value = labels[label];
    if (value === undefined) return otherwise;
    const known = LEVELS.find((each) => each === value);
    if (known === undefined) problems.push({ label, value, message: `must be one of ${LEVELS.join(', ')}` });
    return known ?? unreadable;
  };
  const version = (mode: string): string => {
    const label = `${PREFIX}${mode}-version`;
    const value = labels[label];
    if (value === undefined || value === LATEST) return LATEST;
    if (/^v1\.(0|[1-9]\d*)$/.test(value)) return value;
    problems.push({ label, value, message: 'must be "latest" or "v1.x"' });
    return LATEST;
  };
  const enforce = { level: level('enforce', 'privileged', 'restricted'), version: version('enforce') };
  level('audit', 'privileged', 'privileged');
  version('audit');
  const asked = { level: level('warn', 'privileged', 'privileged'), version: version('warn') };
  const warnsByItself = labels[`${PREFIX}warn`] !== undefined;
  const enforceReadable = LEVELS.includes(labels[`${PREFIX}enforce`] as Level);
  // Whoever enforces is warned alike, unless the namespace says otherwise.
  const warn =
    !warnsByItself && enforceReadable
      ? {
          level: enforce.level,
          version: labels[`${PREFIX}warn-version`] === undefined ? enforce.version : asked.version,
        }
      : asked;
  return { policy: { enforce, warn }, problems };
}

export function nameOfStandard({ level, version }: Standard): string {
  return `${level}:${version}`;
}

export function stricterThan(left: Level, right: Level): boolean {
  return LEVELS.indexOf(left) > LEVELS.indexOf(right);
}

const CHECKS: Readonly<Record<Level, readonly Check[]>> = {
  privileged: [],
  baseline: BASELINE_CHECKS,
  restricted: RESTRICTED_CHECKS,
};

export function violationsOf(standard: Standard, metadata: ObjectMeta, spec: PodSpec): readonly Violation[] {
  const subject = subjectOf(metadata, spec);
  return CHECKS[standard.level].flatMap((check) => check(subject) ?? []);
}

/** `privileged (container "a" must not set …), hostPort (…)`. */
export function describeViolations(violations: readonly Violation[]): string {
  return violations
    .map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`))
    .join(', ');
}
