import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, test } from 'vitest';

const ROOT = path.join(import.meta.dirname, '..');

interface Rule {
  readonly number: string;
  readonly choice: string;
  readonly heldBy: readonly string[];
}

/** The rows of SPEC.md: `| NP1 | text | our choice | `held/by` |`. */
const RULES: readonly Rule[] = readFileSync(path.join(ROOT, 'SPEC.md'), 'utf8')
  .split('\n')
  .flatMap((line): readonly Rule[] => {
    const cells = /^\| ([A-Z]+\d+) +\|/.test(line) ? line.split(/(?<!\\)\|/).map((cell) => cell.trim()) : [];
    const [, number = '', , choice = '', held = ''] = cells;
    if (number === '') return [];
    return [{ number, choice, heldBy: [...held.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name) }];
  });

/** Every test file's text, by the name that SPEC.md gives it. */
const TESTS: ReadonlyMap<string, string> = new Map(
  readdirSync(path.join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => [
      name
        .replace(/\.test\.ts$/, '')
        .split(path.sep)
        .join('/'),
      readFileSync(path.join(ROOT, 'src', name), 'utf8'),
    ]),
);

/** Whether a test is named for the rule: its number stands in the text, and not as part of a longer one. */
function names(text: string, number: string): boolean {
  return new RegExp(`\\b${number}\\b`).test(text);
}

describe('SPEC.md', () => {
  it('has every rule once', () => {
    const numbers = RULES.map(({ number }) => number);
    expect(numbers.length).toBeGreaterThan(80);
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  test.each(RULES.map((rule) => [rule.number, rule] as const))(
    '%s is held by tests that name it',
    (_, rule) => {
      if (rule.heldBy.length === 0) {
        expect(rule.choice, 'a rule without a test says that it is not modelled').toMatch(/^Not modelled/);
        return;
      }
      for (const name of rule.heldBy) {
        expect(existsSync(path.join(ROOT, 'src', `${name}.test.ts`)), `${name}.test.ts`).toBe(true);
        expect(names(TESTS.get(name) ?? '', rule.number), `${name}.test.ts names ${rule.number}`).toBe(true);
      }
    },
  );
});
