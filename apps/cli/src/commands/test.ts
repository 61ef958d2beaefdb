import path from 'node:path';
import process from 'node:process';
import { kindPreflight, offersKind } from '@podwire/cluster';
import { parseCourse } from '@podwire/lab';
import type { Lab } from '@podwire/lab';
import { proveLab, scoreOf } from '@podwire/prover';
import type { Finding, LabProof, ProofStage } from '@podwire/prover';
import { readCourse } from '../course/course-files.ts';
import { kindGround, simulatedGround } from '../course/proving-grounds.ts';
import type { OpenGround } from '../course/proving-grounds.ts';
import { lineOf } from '../course/line-of.ts';
import { EXIT, messageOf, plural } from '../terminal/output.ts';
import type { ExitCode, Output } from '../terminal/output.ts';
import { Progress } from '../terminal/progress.ts';
import { renderDiagnostics } from '../course/render-diagnostics.ts';

export interface TestOptions {
  readonly course?: string;
  readonly mutants: boolean;
  readonly minScore: string;
  readonly json: boolean;
  readonly backend: string;
  /** Of kind clusters. */
  readonly nodeImage: string;
  readonly toolboxImage: string;
}

const BACKENDS = ['simulated', 'kind'] as const;

interface TimedProof extends LabProof {
  readonly durationMs: number;
  /** The most of the heap that was in use, bytes. */
  readonly peakHeapBytes: number;
}

/** Proves labs: setup, solutions, wrong cases, mutants. */
export async function test(
  given: readonly string[],
  options: TestOptions,
  output: Output,
): Promise<ExitCode> {
  const ids = given.map((each) => path.basename(each));
  const minScore = Number(options.minScore);
  if (!(minScore >= 0 && minScore <= 100)) {
    output.err(`podwire test: --min-score "${options.minScore}": a percentage from 0 to 100.`);
    return EXIT.usage;
  }
  const backend = BACKENDS.find((each) => each === options.backend);
  if (backend === undefined) {
    output.err(`podwire test: --backend "${options.backend}": ${BACKENDS.join(' or ')}.`);
    return EXIT.usage;
  }
  const read = readCourse(options.course, process.cwd());
  if (!read.ok) {
    output.err(`podwire test: ${read.message}`);
    return EXIT.usage;
  }
  const { course, diagnostics } = parseCourse(read.files, read.others);
  const labs = course.chapters.flatMap((chapter) => chapter.labs);
  const mistakes = diagnostics.filter(({ severity }) => severity === 'error');
  if (mistakes.length > 0) {
    output.err(renderDiagnostics(mistakes, read.folder, output.paint));
    output.err(
      'podwire test: the course has mistakes that podwire lint finds; labs with them prove nothing.',
    );
    return EXIT.failed;
  }
  const unknown = ids.filter((id) => !labs.some((lab) => lab.id === id));
  if (unknown.length > 0) {
    output.err(
      `podwire test: no such lab: ${unknown.join(', ')}. The labs are: ${labs.map(({ id }) => id).join(', ')}.`,
    );
    return EXIT.usage;
  }
  const wanted = labs.filter(({ id }) => ids.length === 0 || ids.includes(id));
  const declaring = wanted.filter(({ backends }) => backends.includes(backend));
  const others = wanted.filter((lab) => !declaring.includes(lab)).map(({ id }) => id);
  if (others.length > 0 && !options.json)
    output.err(`Left out, since they do not declare ${backend}: ${others.join(', ')}.`);
  const proofs: TimedProof[] = [];
  const scoresWell = ({ mutants }: LabProof): boolean =>
    mutants === undefined || scoreOf(mutants) * 100 >= minScore;
  const open = await groundFor(backend, options, output);
  if (open === undefined) return EXIT.failed;
  const leave = closesOnSignals(open);
  try {
    for (const lab of declaring) {
      const proof = await timed(lab, open, options, output);
      proofs.push(proof);
      if (!options.json) print(proof, lab, read.files, read.folder, minScore, output);
    }
  } finally {
    leave();
    await open.close();
  }
  if (options.json) output.out(JSON.stringify({ labs: proofs.map((proof) => asJson(proof)) }, null, 2));
  else summarise(proofs, output);
  return proofs.every((proof) => proof.ok && scoresWell(proof)) ? EXIT.ok : EXIT.failed;
}

async function groundFor(
  backend: (typeof BACKENDS)[number],
  images: Pick<TestOptions, 'nodeImage' | 'toolboxImage'>,
  output: Output,
): Promise<OpenGround | undefined> {
  if (backend === 'simulated') return simulatedGround();
  const findings = await kindPreflight(images);
  if (offersKind(findings))
    try {
      return await kindGround(images);
    } catch (error) {
      output.err(`podwire test: ${messageOf(error)}`);
      return undefined;
    }
  const missing = findings
    .filter(({ state }) => state === 'absent')
    .map(({ what, saw }) => `${what}: ${saw}`);
  output.err(`podwire test: kind clusters can't be had here. ${missing.join('; ')}. Try podwire doctor.`);
  return undefined;
}

/** An author who has seen enough leaves no cluster behind. @returns what takes that back. */
function closesOnSignals(open: OpenGround): () => void {
  const onSignal = (): void => {
    void open.close().finally(() => process.exit(EXIT.failed));
  };
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  return () => {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  };
}

async function timed(lab: Lab, open: OpenGround, options: TestOptions, output: Output): Promise<TimedProof> {
  const startMs = performance.now();
  const progress = new Progress(output);
  let peakHeapBytes = 0;
  const refusal = open.refusal(lab);
  if (refusal !== undefined)
    return { ...refused(lab, open.ground.backend, refusal), durationMs: 0, peakHeapBytes: 0 };
  const proof = await proveLab(lab, open.ground, {
    // Each mutant is a cluster; of real ones that would be hours, and the checks are the same.
    mutants: options.mutants && open.ground.backend === 'simulated',
    onStage: (stage) => {
      peakHeapBytes = Math.max(peakHeapBytes, process.memoryUsage().heapUsed);
      progress.show(`${lab.id}: ${stageText(stage)}`);
    },
  });
  progress.clear();
  return { ...proof, durationMs: Math.round(performance.now() - startMs), peakHeapBytes };
}

function refused(lab: Lab, backend: LabProof['backend'], message: string): LabProof {
  return {
    labId: lab.id,
    backend,
    ok: false,
    findings: [
      {
        code: 'PW0601',
        severity: 'error',
        file: 'lab.md',
        anchor: 'backends:',
        message,
        remedy: `Take ${backend} out of backends, or prove the lab on a machine that has what it needs.`,
      },
    ],
    tasks: lab.tasks.length,
    wrongCases: lab.wrong.length,
  };
}

function stageText(stage: ProofStage): string {
  switch (stage.kind) {
    case 'setup':
      return 'setting up';
    case 'start':
      return 'grading what nobody has touched';
    case 'solution':
      return `solving ${stage.taskId} (round ${stage.round})`;
    case 'wrong':
      return `trying wrong/${stage.name}`;
    case 'sealed':
      return 'grading solutions sealed';
    case 'mutants':
      return `mutants ${stage.done} of ${stage.of}`;
  }
}

function print(
  proof: TimedProof,
  lab: Lab,
  files: ReadonlyMap<string, string>,
  folder: string,
  minScore: number,
  { out, paint }: Output,
): void {
  const { mutants, findings } = proof;
  const bytes = `${(proof.peakHeapBytes / 1_048_576).toFixed(0)} MiB`;
  const low = mutants !== undefined && scoreOf(mutants) * 100 < minScore;
  const mark = proof.ok && !low ? paint('green', 'proven') : paint('red', 'FAILED');
  out(
    `${mark}  ${paint('bold', lab.id)}  ${plural(proof.tasks, 'task')}, ${plural(proof.wrongCases, 'wrong case')}, ${mutantText(mutants)}  ${paint('dim', `${(proof.durationMs / 1_000).toFixed(1)} s, ${bytes}`)}`,
  );
  if (proof.sealable !== undefined)
    out(paint('dim', `  for credit: ${proof.sealable.join(', ') || 'no task'}`));
  for (const { taskId, unmet } of proof.inPlaceOnly ?? [])
    out(
      paint(
        'dim',
        `  in place only: ${taskId}, since ${unmet.join(' and ')} ${unmet.length === 1 ? 'asks' : 'ask'} for something done, not made`,
      ),
    );
  if (low) out(`  The mutation score is below ${minScore} %.`);
  const rendered = findings.map((finding) => toDiagnostic(finding, lab, files));
  if (rendered.length > 0) out(renderDiagnostics(rendered, folder, paint));
  for (const { id, reason } of mutants?.accepted ?? []) out(paint('dim', `  accepted ${id}: ${reason}`));
  if ((mutants?.skipped ?? 0) > 0) out(`  ${mutants?.skipped} more mutants were not tried.`);
}

function mutantText(mutants: LabProof['mutants']): string {
  if (mutants === undefined) return 'mutants not tried';
  const score = `${(scoreOf(mutants) * 100).toFixed(0)} %`;
  const accepted = mutants.accepted.length === 0 ? '' : `, ${mutants.accepted.length} accepted`;
  return `${mutants.caught} of ${mutants.total} mutants caught (${score}${accepted})`;
}

function toDiagnostic(
  { anchor, file, ...rest }: Finding,
  lab: Lab,
  files: ReadonlyMap<string, string>,
): Parameters<typeof renderDiagnostics>[0][number] {
  const name = `${lab.chapterId}/${lab.id}/${file}`;
  return { ...rest, file: name, line: lineOf(files.get(name), anchor), column: 1 };
}

function asJson(proof: TimedProof): object {
  const { mutants } = proof;
  return mutants === undefined ? proof : { ...proof, mutants: { ...mutants, score: scoreOf(mutants) } };
}

function summarise(proofs: readonly TimedProof[], { out }: Output): void {
  const good = proofs.filter(({ ok }) => ok).length;
  const seconds = proofs.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1_000;
  out(`${good} of ${plural(proofs.length, 'lab')} proven in ${seconds.toFixed(1)} s.`);
}
