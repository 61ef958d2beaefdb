import { defaultParameters, instantiate, isRedrawn, redrawParameters } from '@podwire/lab';
import type { Lab } from '@podwire/lab';
import type { Finding, InPlaceOnly } from '../finding.ts';
import type { ProvingGround } from '../proving-ground.ts';
import { Sealing } from './sealing.ts';

/** Draws the parameters of the cluster in which solutions are graded for credit. */
const REDRAW_SEED = 29;

export interface SealedProof {
  /** Ids of the tasks that can be handed in for credit. The others ask for something done, and are graded in place. */
  readonly sealable: readonly string[];
  readonly inPlaceOnly: readonly InPlaceOnly[];
  readonly findings: readonly Finding[];
}

/**
 * Which tasks of a lab can be graded sealed, proven: their solution passes there, also with other parameters where
 * the lab asks for them, and having done nothing passes none.
 */
export async function proveSealed(template: Lab, ground: ProvingGround): Promise<SealedProof> {
  const own = defaultParameters(template);
  const lab = instantiate(template, own);
  const elsewhere = isRedrawn(template)
    ? instantiate(template, redrawParameters(template, own, REDRAW_SEED))
    : undefined;
  const sealing = new Sealing(lab, ground);
  const sealable: string[] = [];
  const inPlaceOnly: InPlaceOnly[] = [];
  const findings: Finding[] = [];
  for (const { id } of lab.tasks) {
    const verdicts = await sealing.verdictsOf(id, elsewhere);
    if (verdicts?.nothing === 'passed')
      findings.push({
        code: 'PW0602',
        severity: 'error',
        file: 'lab.md',
        anchor: `#${id}`,
        message: `Task "${id}" passes sealed grading although nothing was handed in.`,
        remedy: 'Check for what the learner has to bring about.',
      });
    const unmet = await sealing.unmetBySolution(id);
    if (unmet.length > 0) {
      inPlaceOnly.push({ taskId: id, unmet });
      continue;
    }
    if (verdicts?.solution === 'passed') sealable.push(id);
    else
      findings.push({
        code: 'PW0604',
        severity: 'error',
        file: `solution/${id}.sh`,
        message: `The solution of "${id}" passes sealed grading with its own parameters, and not with those that are drawn again.`,
        remedy: 'Let the solution do without their values, or take "redraw: true" away from them.',
      });
  }
  return { sealable, inPlaceOnly, findings };
}
