import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseCourse } from '@podwire/lab';
import type { Lab } from '@podwire/lab';
import { proveLab, scoreOf } from '@podwire/prover';
import { describe, expect, it } from 'vitest';
import { simulatedProvingGround } from '../src/index.ts';

/** Labs whose every task is something done on nodes or with components, which leaves no object behind. */
const IN_PLACE_ONLY: ReadonlySet<string> = new Set(['stop-the-control-plane']);

function course(): readonly Lab[] {
  const root = path.join(import.meta.dirname, '../../../labs');
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry): [string, string] => {
      const file = path.join(entry.parentPath, entry.name);
      return [path.relative(root, file).split(path.sep).join('/'), readFileSync(file, 'utf8')];
    });
  return parseCourse(new Map(files)).course.chapters.flatMap((chapter) => chapter.labs);
}

describe('the labs of the course', () => {
  it.each(course().map((lab) => [lab.id, lab] as const))('%s is proven', async (_id, lab) => {
    const proof = await proveLab(lab, simulatedProvingGround());
    const errors = proof.findings.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ file, message }) => `${file}: ${message}`)).toEqual([]);
    // Sealed as well: every sealable task's solution passes there, and having done nothing passes none (PW0602, PW0604).
    expect(proof.sealable?.length, 'a lab can be handed in for credit').toBeGreaterThanOrEqual(
      IN_PLACE_ONLY.has(lab.id) ? 0 : 1,
    );
    const { mutants } = proof;
    expect(
      mutants === undefined ? 0 : scoreOf(mutants),
      JSON.stringify(mutants?.survivors, null, 1),
    ).toBeGreaterThanOrEqual(0.9);
  });
});
