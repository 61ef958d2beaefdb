import type { Check, Task } from '@podwire/lab';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refusingCluster } from './cluster.test-support.ts';
import type { GradingCluster } from './cluster.ts';
import { gradeTask } from './grade.ts';
import type { TaskGrade } from './grade.ts';

/** What a check's file is at each look: there, not yet there, or the cluster fails. The last look's answer stays. */
type Look = 'there' | 'absent' | 'broken';

interface Plan {
  readonly weight: number;
  readonly mode: 'once' | 'must-hold';
  /** Of earlier checks, by place. */
  readonly needs: readonly number[];
  readonly within: number;
  readonly looks: readonly Look[];
  readonly metEarlier: boolean;
}

const look = fc.constantFrom<Look>('there', 'absent', 'absent', 'broken');
const plan: fc.Arbitrary<Plan> = fc.record({
  weight: fc.integer({ min: 1, max: 5 }),
  mode: fc.constantFrom('once' as const, 'must-hold' as const),
  needs: fc.array(fc.nat(7), { maxLength: 2 }),
  within: fc.nat(5),
  looks: fc.array(look, { minLength: 1, maxLength: 5 }),
  metEarlier: fc.boolean(),
});
const plans = fc.array(plan, { minLength: 1, maxLength: 8 });

const idOf = (place: number): string => `c${place}`;

function taskOf(all: readonly Plan[]): Task {
  const checks = all.map(({ weight, mode, needs, within }, place): Check => ({
    id: idOf(place),
    title: `Check ${place}`,
    weight,
    mode,
    needs: [...new Set(needs.filter((need) => need < place))].map(idOf),
    ...(within === 0 ? {} : { withinMs: within * 1_000 }),
    kind: 'file',
    file: { in: { kind: 'toolbox' }, path: `/${place}`, absent: false },
  }));
  return { id: 't', title: 'T', body: [], hints: [], questions: [], needs: [], checks };
}

interface Graded {
  readonly grade: TaskGrade;
  /** How often each check looked. */
  readonly looks: readonly number[];
  readonly waitedMs: number;
}

async function graded(all: readonly Plan[], task = taskOf(all)): Promise<Graded> {
  const looks = all.map(() => 0);
  let waitedMs = 0;
  const cluster: GradingCluster = {
    ...refusingCluster(),
    readFile: ({ path }) => {
      const place = Number(path.slice(1));
      const seen = all[place]?.looks ?? [];
      const answer = seen[Math.min(looks[place] ?? 0, seen.length - 1)];
      looks[place] = (looks[place] ?? 0) + 1;
      if (answer === 'broken') return Promise.reject(new Error('the worker is gone'));
      return Promise.resolve(answer === 'there' ? { kind: 'text', text: '' } : { kind: 'absent' });
    },
    wait: (durationMs) => {
      waitedMs += durationMs;
      return Promise.resolve();
    },
  };
  const metEarlier = new Set(all.flatMap((each, place) => (each.metEarlier ? [idOf(place)] : [])));
  return { grade: await gradeTask({ task, cluster, answers: {}, metEarlier }), looks, waitedMs };
}

/** What a check comes to by itself: the rule, told once more and otherwise. */
function alone({ looks, within, mode, metEarlier }: Plan): TaskGrade['verdict'] {
  let made = 0;
  const next = (): Look | undefined => looks[Math.min(made++, looks.length - 1)];
  for (let time = 0; time <= within; time++) {
    let seen = next();
    // What fails is tried once more, and is ours when it fails again.
    if (seen === 'broken') seen = next();
    if (seen === 'broken') return 'our-fault';
    if (seen === 'there') return 'passed';
  }
  return mode === 'once' && metEarlier ? 'passed' : 'failed';
}

function expected(all: readonly Plan[]): readonly TaskGrade['verdict'][] {
  const verdicts: TaskGrade['verdict'][] = [];
  for (const [place, each] of all.entries()) {
    const needs = [...new Set(each.needs.filter((need) => need < place))];
    const unmet = needs.map((need) => verdicts[need]).find((verdict) => verdict !== 'passed');
    verdicts.push(unmet ?? alone(each));
  }
  return verdicts;
}

const property = (check: (all: readonly Plan[], result: Graded) => void | Promise<void>): Promise<void> =>
  fc.assert(fc.asyncProperty(plans, async (all) => check(all, await graded(all))));

describe('of any task', () => {
  it('each check comes to what its looks, its mode, its time and its needs say', () =>
    property((all, { grade }) => {
      expect(grade.checks.map(({ verdict }) => verdict)).toEqual(expected(all));
      expect(grade.checks.map(({ checkId }) => checkId)).toEqual(all.map((_each, place) => idOf(place)));
    }));

  it('the score is the weights that passed over all, and 1 only when everything passed', () =>
    property((all, { grade }) => {
      const weights = all.map(({ weight }) => weight);
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const reached = grade.checks.reduce(
        (sum, { verdict, weight }) => sum + (verdict === 'passed' ? weight : 0),
        0,
      );
      expect(grade.score).toBeCloseTo(reached / total, 12);
      expect(grade.score === 1).toBe(grade.verdict === 'passed');
    }));

  it('a fault of ours is never told as a failure of the learner', () =>
    property((_all, { grade }) => {
      const verdicts = grade.checks.map(({ verdict }) => verdict);
      const worst = (['our-fault', 'failed'] as const).find((verdict) => verdicts.includes(verdict));
      expect(grade.verdict).toBe(worst ?? 'passed');
    }));

  it('what was met earlier counts for mode once alone, and says so', () =>
    property((all, { grade }) => {
      for (const [place, { metEarlier, verdict }] of grade.checks.entries()) {
        if (metEarlier !== true) continue;
        expect(all[place]).toMatchObject({ mode: 'once', metEarlier: true });
        expect(verdict).toBe('passed');
      }
    }));

  it('what must hold does not depend on what was met earlier', async () => {
    await fc.assert(
      fc.asyncProperty(plans, async (all) => {
        const held = all.map((each) => ({ ...each, mode: 'must-hold' as const }));
        const [never, ever] = await Promise.all(
          [false, true].map((metEarlier) => graded(held.map((each) => ({ ...each, metEarlier })))),
        );
        expect(ever?.grade).toEqual(never?.grade);
      }),
    );
  });

  it('meeting one more check never lowers the score', async () => {
    await fc.assert(
      fc.asyncProperty(plans, fc.nat(7), async (all, which) => {
        const better = all.map((each, place) =>
          place === which % all.length ? { ...each, looks: ['there' as const] } : each,
        );
        expect((await graded(better)).grade.score).toBeGreaterThanOrEqual((await graded(all)).grade.score);
      }),
    );
  });

  it('a check looks again only within its time, each look twice at most, and what needs an unmet one is not tried', () =>
    property((all, { looks, waitedMs, grade }) => {
      for (const [place, each] of all.entries()) {
        const broken = each.looks.filter((seen) => seen === 'broken').length;
        expect(looks[place]).toBeLessThanOrEqual(each.within + 1 + Math.min(broken + 1, each.within + 1));
        if (broken === 0) expect(looks[place]).toBeLessThanOrEqual(each.within + 1);
      }
      expect(waitedMs).toBeLessThanOrEqual(
        all.reduce(
          (sum, { within, looks: seen }) =>
            sum + within * 1_000 + (seen.includes('broken') ? (within + 1) * 1_000 : 0),
          0,
        ),
      );
      for (const [place, { evidence }] of grade.checks.entries())
        if (evidence.waitsFor !== undefined) expect(looks[place]).toBe(0);
    }));

  it('the order in which checks are written does not change what they come to', async () => {
    await fc.assert(
      fc.asyncProperty(plans, async (all) => {
        const task = taskOf(all);
        const reversed = { ...task, checks: [...task.checks].reverse() };
        const [one, other] = [await graded(all, task), await graded(all, reversed)];
        const byId = ({ grade }: Graded): Record<string, string> =>
          Object.fromEntries(grade.checks.map(({ checkId, verdict }) => [checkId, verdict]));
        // Which of several unmet needs is named, and so passed on, is the first: all needs are of one kind here.
        fc.pre(!all.some(({ looks }) => looks.includes('broken')));
        expect(byId(other)).toEqual(byId(one));
        expect(other.grade.score).toBeCloseTo(one.grade.score, 12);
      }),
    );
  });

  it('a circle of needs comes to an end', async () => {
    const all: readonly Plan[] = [0, 1].map(() => ({
      weight: 1,
      mode: 'must-hold' as const,
      needs: [],
      within: 0,
      looks: ['there' as const],
      metEarlier: false,
    }));
    const task = taskOf(all);
    const circle = {
      ...task,
      checks: task.checks.map((check, place) => ({ ...check, needs: [idOf(1 - place)] })),
    };
    expect((await graded(all, circle)).grade.checks).toHaveLength(2);
  });
});
