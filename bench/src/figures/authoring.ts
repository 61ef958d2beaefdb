import { simulatedProvingGround } from '@podwire/cluster';
import { CourseReader, parseCourse } from '@podwire/lab';
import { proveLab } from '@podwire/prover';
import { courseFiles, simulatedLabs } from '../course.ts';
import type { Bench, Figure, Measurement } from '../figure.ts';
import { summary } from '../statistics.ts';

/** A course as large as any is likely to be. */
const LABS = 200;
const PARSES = 5;
/** An author waits for the linter of such a course no longer. */
const GOAL_PARSE_S = 2;
/** With `podwire preview`, what was saved is on the page within a second; this is a part of it. */
const GOAL_REREAD_S = 0.2;
const REREADS = 20;
const MS_PER_S = 1_000;

/** The labs of the course, over and over under other names, until there are so many. */
function largeCourse(): ReadonlyMap<string, string> {
  const files = courseFiles();
  const labs = simulatedLabs();
  const large = new Map<string, string>();
  const ids: string[] = [];
  for (let count = 0; count < LABS; count++) {
    const lab = labs[count % labs.length];
    if (lab === undefined) throw new Error('the course has no labs');
    const id = `copy-${count}`;
    ids.push(id);
    const folder = `${lab.chapterId}/${lab.id}/`;
    for (const [path, text] of files) {
      if (!path.startsWith(folder)) continue;
      const rest = path.slice(folder.length);
      const own =
        rest === 'lab.md'
          ? text.replace(/^id: .*$/m, `id: ${id}`).replace(/^prerequisites:.*(\n +- .*)*$/m, '')
          : text;
      large.set(`all/${id}/${rest}`, own);
    }
  }
  large.set(
    'course.yaml',
    `title: Large\nsummary: Large\nchapters:\n  - { id: all, title: All, summary: All, lessons: [], labs: [${ids.join(', ')}] }\n`,
  );
  return large;
}

function parseLargeCourse(): Promise<readonly Measurement[]> {
  const files = largeCourse();
  const samples: number[] = [];
  let labs = 0;
  for (let time = 0; time < PARSES; time++) {
    const begunMs = performance.now();
    const { course } = parseCourse(files);
    samples.push((performance.now() - begunMs) / MS_PER_S);
    labs = course.chapters.flatMap((chapter) => chapter.labs).length;
  }
  if (labs !== LABS) throw new Error(`${labs} of ${LABS} labs could be read`);
  const detail = summary(samples);
  const again = summary(rereads(files));
  return Promise.resolve([
    {
      name: 'parse-course-of-200-labs',
      value: detail.p50,
      unit: 's',
      statistic: 'p50',
      samples: samples.length,
      goal: { atMost: GOAL_PARSE_S },
      detail: { ...detail, files: files.size },
    },
    {
      name: 'reread-course-of-200-labs',
      value: again.p95,
      unit: 's',
      statistic: 'p95',
      samples: REREADS,
      goal: { atMost: GOAL_REREAD_S },
      detail: { ...again, files: files.size },
    },
  ]);
}

/** Seconds that it takes to read the course again after each of some changes of one lab: what a preview does. */
function rereads(given: ReadonlyMap<string, string>): readonly number[] {
  const reader = new CourseReader();
  const files = new Map(given);
  reader.read(files);
  return Array.from({ length: REREADS }, (_, time) => {
    const path = `all/copy-${time}/lab.md`;
    files.set(path, `${files.get(path) ?? ''}\nOne line more.\n`);
    const begunMs = performance.now();
    reader.read(files);
    return (performance.now() - begunMs) / MS_PER_S;
  });
}

export const parseCourses: Figure = {
  name: 'parse-course',
  about: `reading and checking a course of ${LABS} labs`,
  run: parseLargeCourse,
};

async function proveEach(bench: Bench): Promise<readonly Measurement[]> {
  const measured: Measurement[] = [];
  for (const lab of simulatedLabs()) {
    bench.progress(lab.id);
    const begunMs = performance.now();
    const proof = await proveLab(lab, simulatedProvingGround());
    measured.push({
      name: `prove-${lab.id}`,
      value: (performance.now() - begunMs) / MS_PER_S,
      unit: 's',
      statistic: 'single',
      samples: 1,
      detail: {
        proven: String(proof.ok),
        mutants: proof.mutants?.total ?? 0,
        caught: proof.mutants?.caught ?? 0,
      },
    });
  }
  return measured;
}

export const proofs: Figure = {
  name: 'prove-labs',
  about: 'podwire test of each lab: setup, solutions, wrong cases and mutants',
  run: proveEach,
};
