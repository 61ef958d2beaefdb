import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCourse } from './course.ts';
import { inCircle } from './task.ts';

const OUTLINE =
  'title: T\nsummary: S\nchapters:\n  - { id: one, title: One, summary: First, lessons: [], labs: [small] }\n';
const FRONT = '---\nid: small\ntitle: Small\nsummary: A small lab\nminutes: 5\n---\n';
const CHECK =
  ':::check{#there title="It is there"}\n```yaml\nobject: { apiVersion: v1, kind: Pod, name: a }\n```\n:::\n';
const TASK = `::::task{#do title="Do it"}\n\n${CHECK}\n::::\n`;
const POD = 'apiVersion: v1\nkind: Pod\nmetadata: { name: a }\n';
const aliases = `a: &a0 [x, x]\n${Array.from({ length: 20 }, (_, index) => `k${index}: &a${index + 1} [${`*a${index}, `.repeat(9)}]`).join('\n')}\n`;
const course = (lab: string, more: readonly (readonly [string, string])[] = [], outline = OUTLINE) =>
  parseCourse(new Map([['course.yaml', outline], ['one/small/lab.md', lab], ...more]));
const codes = (...given: Parameters<typeof course>): string[] => [
  ...new Set(course(...given).diagnostics.map(({ code }) => code)),
];

describe('hostile files give one clear diagnostic', () => {
  it.each([
    ['100 MB of text', `${FRONT}${'x'.repeat(100_000_000)}`],
    ['a paragraph without end', `${FRONT}${'word '.repeat(20_000)}\n${TASK}`],
    ['ten thousand quotes in one another', `${FRONT}${'> '.repeat(10_000)}x\n${TASK}`],
    ['ten thousand lists in one another', `${FRONT}${'- '.repeat(10_000)}x\n${TASK}`],
    [
      'a staircase of lists',
      `${FRONT}${Array.from({ length: 300 }, (_, depth) => `${'  '.repeat(depth)}- a`).join('\n')}\n${TASK}`,
    ],
    ['brackets without end', `${FRONT}${'['.repeat(5_000)}\n${TASK}`],
    ['brackets over many lines', `${FRONT}${'[\n'.repeat(5_000)}\n${TASK}`],
    ['stars without end', `${FRONT}${'*'.repeat(5_000)}a\n${TASK}`],
    [
      'directives in one another',
      `${FRONT}${Array.from({ length: 200 }, (_, depth) => `${':'.repeat(203 - depth)}note`).join('\n')}\n${TASK}`,
    ],
    ['binary', `${FRONT}\0\u0001\uFFFD${TASK}`],
  ])('PW0106: %s', (_what, text) => {
    expect(codes(text)).toEqual(['PW0106']);
  });

  it.each([
    ['lists in one another, in the front matter', '[', 'PW0106'],
    ['maps in one another, in a manifest', '{a: ', 'PW0106'],
  ])('%s', (_what, open, code) => {
    expect(codes(`---\nid: ${open.repeat(2_000)}\n---\n${TASK}`)).toEqual([code]);
    expect(codes(`${FRONT}${TASK}`, [['one/small/setup/a.yaml', `${POD}x: ${open.repeat(2_000)}`]])).toEqual([
      code,
    ]);
  });

  it('PW0103, PW0401: aliases that stand for more than there is memory', () => {
    expect(codes(`---\n${aliases}---\n${TASK}`)).toEqual(['PW0103']);
    expect(codes(`${FRONT}${TASK}`, [], `${OUTLINE}${aliases}`)).toEqual(['PW0103']);
    expect(codes(`${FRONT}${TASK}`, [['one/small/setup/a.yaml', POD + aliases]])).toEqual(['PW0401']);
    const check = CHECK.replace('name: a }', `name: a }\n${aliases}`);
    expect(codes(`${FRONT}${TASK.replace(CHECK, check)}`)).toEqual(['PW0103']);
  });

  it('PW0104: numbers beyond all bounds, and words of JavaScript', () => {
    for (const value of ['1e999', '-1', '9'.repeat(400), '.nan', '0x1p3'])
      expect(codes(`${FRONT.replace('5', value)}${TASK}`)).toEqual(['PW0104']);
    expect(
      codes(`${FRONT.replace('minutes: 5', 'minutes: 5\n__proto__: { nodes: 9 }\nconstructor: 1')}${TASK}`),
    ).toContain('PW0104');
  });

  it('no text whatever makes the parser throw, or is silently half read', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom(
        '---\n',
        '```',
        '```yaml\n',
        '::::task{',
        '#do',
        ' title="',
        '"}\n',
        '::::\n',
        ':::check{#c title="C"}\n\n',
        ':::\n',
        '{{a}}',
        '&a [',
        '*a',
        '- [x] `a` b\n',
        '<!--',
        '-->',
        '\t',
        '\r\n',
        FRONT,
        CHECK,
        TASK,
        aliases,
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), fc.boolean(), (pieces, whole) => {
        const text = whole ? `${FRONT}${pieces.join('')}` : pieces.join('');
        const parsed = course(text, [['one/small/setup/a.yaml', pieces.join('')]]);
        const errors = parsed.diagnostics.filter(({ severity }) => severity === 'error');
        for (const { line, column, message, remedy } of parsed.diagnostics) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(column).toBeGreaterThanOrEqual(1);
          expect(message).not.toBe('');
          expect(remedy).not.toBe('');
        }
        // A lab without mistakes has tasks, each with checks.
        if (errors.length === 0)
          for (const lab of parsed.course.chapters.flatMap((chapter) => chapter.labs))
            expect(lab.tasks.every((task) => task.checks.length > 0) && lab.tasks.length > 0).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe('needs', () => {
  const graph = fc.integer({ min: 1, max: 8 }).chain((size) =>
    fc.array(fc.array(fc.integer({ min: 0, max: size - 1 }), { maxLength: 3 }), {
      minLength: size,
      maxLength: size,
    }),
  );
  const items = (needs: readonly (readonly number[])[]) =>
    needs.map((own, index) => ({ id: `t${index}`, needs: own.map((need) => `t${need}`) }));

  it('that only look back are never a circle', () => {
    fc.assert(
      fc.property(graph, (needs) => {
        expect(inCircle(items(needs.map((own, index) => own.filter((need) => need < index))))).toBe(false);
      }),
    );
  });

  it('PW0206: are a circle exactly when some task can be reached from itself', () => {
    fc.assert(
      fc.property(graph, (needs) => {
        const reached = (from: number, seen: Set<number>): Set<number> => {
          for (const need of needs[from] ?? [])
            if (!seen.has(need)) {
              seen.add(need);
              reached(need, seen);
            }
          return seen;
        };
        const circle = needs.some((_own, index) => reached(index, new Set()).has(index));
        expect(inCircle(items(needs))).toBe(circle);
      }),
    );
  });

  it('PW0206: is said of a lab exactly when its tasks are in a circle', () => {
    fc.assert(
      fc.property(graph, (needs) => {
        const text = items(needs)
          .map(
            ({ id, needs: own }) => `::::task{#${id} title="T" needs="${own.join(' ')}"}\n\n${CHECK}\n::::\n`,
          )
          .join('\n');
        expect(codes(`${FRONT}\n${text}`).includes('PW0206')).toBe(inCircle(items(needs)));
      }),
      { numRuns: 30 },
    );
  });
});
