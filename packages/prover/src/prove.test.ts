import { parseCourse } from '@podwire/lab';
import { describe, expect, it } from 'vitest';
import { fakeGround, labOf, mapCheck } from './fake-ground.test-support.ts';
import { scoreOf } from './finding.ts';
import { proveLab } from './prove.ts';

const GOOD = [
  { id: 'first', checks: [mapCheck('is-red', 'a', { colour: 'red' })], script: 'set a colour=red' },
  { id: 'second', checks: [mapCheck('is-big', 'b', { size: 'big' })], script: 'set b size=big' },
];
const codes = (proof: Awaited<ReturnType<typeof proveLab>>): readonly string[] =>
  proof.findings.map(({ code }) => code);

describe('a lab that works', () => {
  it('is proven, its mutants caught', async () => {
    const proof = await proveLab(labOf(GOOD), fakeGround().ground);
    expect(proof).toMatchObject({ ok: true, findings: [], tasks: 2, mutants: { skipped: 0, survivors: [] } });
    expect(proof.mutants?.caught).toBe(proof.mutants?.total);
    expect(proof.mutants?.total).toBeGreaterThanOrEqual(4);
  });

  it('is proven where clusters can’t be copied, by going the way again', async () => {
    const { ground, boots } = fakeGround({ copies: false });
    expect((await proveLab(labOf(GOOD), ground)).ok).toBe(true);
    expect(boots()).toBeGreaterThan(5);
  });

  it('tells how far it is', async () => {
    const stages: string[] = [];
    await proveLab(labOf(GOOD), fakeGround().ground, { onStage: ({ kind }) => stages.push(kind) });
    expect([...new Set(stages)]).toEqual(['setup', 'start', 'solution', 'sealed', 'mutants']);
  });
});

describe('a lab that does not', () => {
  const red = mapCheck('is-red', 'a', { colour: 'red' });
  const there = { ...mapCheck('is-there', 'a', {}), count: { max: 0 } };

  it.each([
    ['PW0602: a task that passes at the start', labOf([{ id: 't', checks: [there], script: '' }]), 'PW0602'],
    [
      'PW0602: a task that passes by the one before it',
      labOf([
        { id: 'first', checks: [red], script: 'set a colour=red' },
        { id: 'second', checks: [red], script: '' },
      ]),
      'PW0602',
    ],
    [
      'PW0603: a check that passes at the start',
      labOf([
        {
          id: 't',
          checks: [red, { ...mapCheck('none', 'b', {}), count: { max: 0 } }],
          script: 'set a colour=red',
        },
      ]),
      'PW0603',
    ],
    ['PW0604: a task without a solution', labOf([{ id: 't', checks: [red] }]), 'PW0604'],
    [
      'PW0604: a solution that does not pass',
      labOf([{ id: 't', checks: [red], script: 'set a colour=blue' }]),
      'PW0604',
    ],
    ['PW0608: a solution that does not end', labOf([{ id: 't', checks: [red], script: 'hang' }]), 'PW0608'],
    [
      'PW0605: a wrong case that passes',
      labOf([{ id: 't', checks: [red], script: 'set a colour=red' }], {
        wrong: [{ name: 'w.sh', taskId: 't', checkId: 'is-red', script: 'set a colour=red' }],
      }),
      'PW0605',
    ],
    [
      'PW0605: a wrong case that fails with other words',
      labOf([{ id: 't', checks: [red], script: 'set a colour=red' }], {
        wrong: [
          { name: 'w.sh', taskId: 't', checkId: 'is-red', message: 'too dark', script: 'set a colour=blue' },
        ],
      }),
      'PW0605',
    ],
    [
      'PW0606: a check that overlooks a mistake',
      labOf([{ id: 't', checks: [red], script: 'set a colour=red size=big' }]),
      'PW0606',
    ],
    [
      'PW0607: an accepted mutant that is caught',
      labOf([{ id: 't', checks: [red], script: 'set a colour=red' }], {
        acceptedMutants: [{ mutant: 't/drop-key/ConfigMap/default/a/data.colour', reason: 'none' }],
      }),
      'PW0607',
    ],
  ])('%s', async (_what, lab, code) => {
    expect(codes(await proveLab(lab, fakeGround().ground))).toContain(code);
  });

  it('PW0601: whose setup is refused, or never rests', async () => {
    const refused = await proveLab(labOf(GOOD), fakeGround({ refusal: 'no such kind' }).ground);
    expect(refused.ok).toBe(false);
    expect(refused.findings[0]).toMatchObject({
      code: 'PW0601',
      message: expect.stringContaining('no such kind') as string,
    });
    expect(codes(await proveLab(labOf(GOOD), fakeGround({ restless: true }).ground))).toContain('PW0601');
  });

  it('is not reported twice for two seeds', async () => {
    const lab = labOf([{ id: 't', checks: [red], script: 'set a colour=blue' }]);
    expect(codes(await proveLab(lab, fakeGround().ground))).toEqual(['PW0604']);
  });

  it('may have checks that hold at the start, when it says so', async () => {
    const guard = { ...mapCheck('none', 'b', {}), count: { max: 0 }, holdsAtStart: true };
    const lab = labOf([{ id: 't', checks: [red, guard], script: 'set a colour=red' }]);
    expect(codes(await proveLab(lab, fakeGround().ground))).toEqual([]);
  });

  it('may accept mutants with a reason, which then count no more', async () => {
    const lab = labOf([{ id: 't', checks: [red], script: 'set a colour=red size=big' }], {
      acceptedMutants: [
        { mutant: 't/drop-key/ConfigMap/default/a/data.size', reason: 'Size does not matter.' },
      ],
    });
    const proof = await proveLab(lab, fakeGround().ground);
    expect(proof.findings.filter(({ message }) => message.includes('data.size'))).toEqual([]);
    expect(proof.mutants?.accepted).toHaveLength(1);
  });
});

describe('the mutation score', () => {
  it('leaves accepted mutants out, and is whole where there is nothing to mutate', () => {
    const base = { survivors: [], skipped: 0 };
    expect(scoreOf({ ...base, total: 4, caught: 3, accepted: [{ id: 'x', reason: 'y' }] })).toBe(1);
    expect(scoreOf({ ...base, total: 4, caught: 3, accepted: [] })).toBe(0.75);
    expect(scoreOf({ ...base, total: 0, caught: 0, accepted: [] })).toBe(1);
  });
});

describe('a lab with parameters', () => {
  const OUTLINE =
    'title: T\nsummary: S\nchapters: [{ id: one, title: One, summary: F, lessons: [], labs: [small] }]\n';
  const labWith = (solution: string) => {
    const { course, diagnostics } = parseCourse(
      new Map([
        ['course.yaml', OUTLINE],
        [
          'one/small/lab.md',
          `---\nid: small\ntitle: Small\nsummary: S\nminutes: 5\nparameters:\n  colour: { kind: name, of: [red, green, blue, grey, pink] }\n---\n\n::::task{#paint title="Paint it {{colour}}"}\n\n:::check{#painted title="It is {{colour}}"}\n\n\`\`\`yaml\nobject: { apiVersion: v1, kind: ConfigMap, namespace: default, name: a, match: { data: { colour: '{{colour}}' } } }\n\`\`\`\n\n:::\n\n::::\n`,
        ],
        ['one/small/solution/paint.sh', solution],
        ['one/small/wrong/other.sh', '# fails: paint/painted\nset a colour={{colour}}ish\n'],
      ]),
    );
    expect(diagnostics).toEqual([]);
    const [lab] = course.chapters[0]?.labs ?? [];
    if (lab === undefined) throw new Error('no lab');
    return lab;
  };

  it('is proven with its defaults and with other draws', async () => {
    const { ground, boots } = fakeGround();
    expect(await proveLab(labWith('set a colour={{colour}}'), ground)).toMatchObject({
      ok: true,
      findings: [],
    });
    expect(boots()).toBeGreaterThanOrEqual(4);
  });

  it('PW0604: its solution must not be written for one draw', async () => {
    const { findings } = await proveLab(labWith('set a colour=red # {{colour}}'), fakeGround().ground);
    expect(findings).toMatchObject([{ code: 'PW0604', file: 'solution/paint.sh' }]);
    expect(findings[0]?.message).toContain('It passes with the default parameters, and not with colour=');
  });
});
