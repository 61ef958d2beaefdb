import { CelFailure, noSuchOverload } from '../problems.ts';
import type { CelOpaque, CelValue } from '../values.ts';
import type { CelFunction, Library } from './function.ts';
import { expectArguments, textArgument } from './function.ts';

class Semver implements CelOpaque {
  readonly opaque = 'kubernetes.Semver';
  readonly text: string;
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly prerelease: readonly string[];

  constructor(text: string, numbers: readonly [bigint, bigint, bigint], prerelease: readonly string[]) {
    this.text = text;
    this.numbers = numbers;
    this.prerelease = prerelease;
  }

  equals(other: CelOpaque): boolean {
    return other instanceof Semver && compare(this, other) === 0;
  }

  toText(): string {
    return this.text;
  }
}

const NUMBER = '(0|[1-9]\\d{0,17})';
const PART = '(?:0|[1-9]\\d*|\\d*[A-Za-z-][0-9A-Za-z-]*)';
const PATTERN = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-(${PART}(?:\\.${PART})*))?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?$`,
);
const MAX_CHARACTERS = 256;

/** semver 2.0.0. */
function parseSemver(text: string): Semver | undefined {
  const match = text.length > MAX_CHARACTERS ? null : PATTERN.exec(text);
  if (match === null) return undefined;
  const [, major = '0', minor = '0', patch = '0', prerelease] = match;
  return new Semver(text, [BigInt(major), BigInt(minor), BigInt(patch)], prerelease?.split('.') ?? []);
}

/** `v1.2` → `1.2.0`: what `semver(text, true)` allows. */
function normalized(text: string): string {
  const [head = '', ...rest] = text.replace(/^v/, '').split(/(?=[-+])/);
  const parts = head.split('.').map((part) => part.replace(/^0+(?=\d)/, ''));
  while (parts.length < 3 && rest.length === 0) parts.push('0');
  return parts.join('.') + rest.join('');
}

function compare(left: Semver, right: Semver): number {
  for (const index of [0, 1, 2] as const) {
    const difference = left.numbers[index] - right.numbers[index];
    if (difference !== 0n) return difference < 0n ? -1 : 1;
  }
  if (left.prerelease.length === 0 || right.prerelease.length === 0)
    return Math.sign(right.prerelease.length - left.prerelease.length);
  for (let index = 0; index < Math.max(left.prerelease.length, right.prerelease.length); index++) {
    const [a, b] = [left.prerelease[index], right.prerelease[index]];
    if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
    if (a === b) continue;
    const [numericA, numericB] = [/^\d+$/.test(a), /^\d+$/.test(b)];
    if (numericA && numericB) return BigInt(a) < BigInt(b) ? -1 : 1;
    if (numericA !== numericB) return numericA ? -1 : 1;
    return a < b ? -1 : 1;
  }
  return 0;
}

function semverArgument(args: readonly CelValue[], index: number): Semver {
  const value = args[index];
  if (!(value instanceof Semver)) throw noSuchOverload();
  return value;
}

function textOf(args: readonly CelValue[]): string {
  expectArguments(args, 1, 2);
  const text = textArgument(args, 0);
  if (args.length === 1) return text;
  if (typeof args[1] !== 'boolean') throw noSuchOverload();
  return args[1] ? normalized(text) : text;
}

function compared(holds: (order: number) => CelValue): CelFunction {
  return (args) => holds(compare(semverArgument(args, 0), semverArgument(args, 1)));
}

export const semverLibrary: Library = {
  globals: {
    semver: (args) => {
      const text = textOf(args);
      const parsed = parseSemver(text);
      if (parsed === undefined)
        throw new CelFailure(text === '' ? 'Version string empty' : 'No Major.Minor.Patch elements found');
      return parsed;
    },
    isSemver: (args) => parseSemver(textOf(args)) !== undefined,
  },
  members: {
    major: (args) => semverArgument(args, 0).numbers[0],
    minor: (args) => semverArgument(args, 0).numbers[1],
    patch: (args) => semverArgument(args, 0).numbers[2],
    isGreaterThan: compared((order) => order > 0),
    isLessThan: compared((order) => order < 0),
    compareTo: compared((order) => BigInt(order)),
  },
};
