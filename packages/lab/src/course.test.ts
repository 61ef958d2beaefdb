import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseCourse } from './course.ts';
import type { DiagnosticCode } from './diagnostic.ts';
import { publicLab } from './lab.ts';

function courseOnDisk(): Map<string, string> {
  const root = path.join(import.meta.dirname, '../../../labs');
  return new Map(
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const file = path.join(entry.parentPath, entry.name);
        return [path.relative(root, file).split(path.sep).join('/'), readFileSync(file, 'utf8')];
      }),
  );
}

const OUTLINE =
  'title: T\nsummary: S\nchapters:\n  - { id: one, title: One, summary: First, lessons: [], labs: [small] }\n';
const FRONT = '---\nid: small\ntitle: Small\nsummary: A small lab\nminutes: 5\n---\n';
const CHECK =
  ':::check{#there title="It is there"}\n```yaml\nobject: { apiVersion: v1, kind: Pod, name: a }\n```\n:::\n';
const lab = (body: string, front = FRONT): Map<string, string> =>
  new Map([
    ['course.yaml', OUTLINE],
    ['one/small/lab.md', `${front}\n${body}`],
  ]);
const task = (inner: string, attributes = '#do title="Do it"'): string =>
  `::::task{${attributes}}\nText.\n\n${inner}::::\n`;
const codes = (files: Map<string, string>): string[] =>
  parseCourse(files).diagnostics.map((found) => found.code);

describe('the course on disk', () => {
  const parsed = parseCourse(courseOnDisk());

  it('has no mistakes', () => {
    expect(parsed.diagnostics).toEqual([]);
  });

  it('gives every task checks, and every lab a solution for each task and at least three wrong cases', () => {
    for (const found of parsed.course.chapters.flatMap((chapter) => chapter.labs)) {
      expect(found.solutions.map((solution) => solution.taskId).sort()).toEqual(
        found.tasks.map((each) => each.id).sort(),
      );
      expect(found.wrong.length).toBeGreaterThanOrEqual(3);
    }
  });

  it('keeps solutions, keys and manifests from the browser', () => {
    for (const found of parsed.course.chapters.flatMap((chapter) => chapter.labs)) {
      const shown = JSON.stringify(publicLab(found));
      for (const secret of [
        '"solutions":',
        '"wrong":',
        '"setup":',
        '"accept":',
        '"probes":',
        '"match":',
        '"checked":true',
        '"position":',
        '"template":',
        '"parameters":',
      ])
        expect(shown).not.toContain(secret);
    }
  });
});

describe('a small lab', () => {
  it('is read whole', () => {
    const { course, diagnostics } = parseCourse(lab(`Hello.\n\n${task(CHECK)}`));
    expect(diagnostics).toEqual([]);
    expect(course.chapters[0]?.labs[0]).toMatchObject({
      id: 'small',
      cluster: { nodes: 2, cni: 'bridge', networkPolicies: true, outsideHosts: [] },
      tasks: [
        {
          id: 'do',
          title: 'Do it',
          needs: [],
          checks: [{ id: 'there', kind: 'object', weight: 1, mode: 'must-hold' }],
        },
      ],
    });
  });

  it('has a digest that follows its files', () => {
    const digest = (files: Map<string, string>): string | undefined =>
      parseCourse(files).course.chapters[0]?.labs[0]?.digest;
    expect(digest(lab(task(CHECK)))).toBe(digest(lab(task(CHECK))));
    expect(digest(lab(task(CHECK)))).not.toBe(digest(lab(task(CHECK.replace('name: a', 'name: b')))));
  });

  it('takes the right options of a question from its [x]', () => {
    const question =
      ':::question{#q kind=single}\nWhich?\n\n- [x] `one` The first\n- [ ] `two` The second\n:::\n\n:::check{#q-right title="Known"}\n```yaml\nanswer: { question: q }\n```\n:::\n';
    const [read] = parseCourse(lab(task(question))).course.chapters[0]?.labs[0]?.tasks ?? [];
    expect(read?.checks[0]).toMatchObject({ kind: 'answer', accept: { kind: 'options', ids: ['one'] } });
    expect(read?.questions[0]?.options.map((option) => option.id)).toEqual(['one', 'two']);
  });
});

describe('a matrix', () => {
  const matrix = (rows: string): Map<string, string> =>
    lab(
      task(
        `:::check{#m title="M"}\n\`\`\`yaml\nmatrix:\n  from: [pod/default/a, pod/default/b]\n  to: [service/default/x, node/n]\n  port: 80\n  rows: ${rows}\n\`\`\`\n:::\n`,
      ),
    );

  it('becomes a probe for each sign but the dot', () => {
    const { course, diagnostics } = parseCourse(matrix("['+ -', 'r .']"));
    expect(diagnostics).toEqual([]);
    const [check] = course.chapters[0]?.labs[0]?.tasks[0]?.checks ?? [];
    expect(
      check?.kind === 'connectivity'
        ? check.probes.map(({ from, to, expect: wanted }) => [from, to, wanted])
        : [],
    ).toEqual([
      [
        { kind: 'pod', namespace: 'default', name: 'a' },
        { kind: 'service', namespace: 'default', name: 'x' },
        'open',
      ],
      [{ kind: 'pod', namespace: 'default', name: 'a' }, { kind: 'node', name: 'n' }, 'blocked'],
      [
        { kind: 'pod', namespace: 'default', name: 'b' },
        { kind: 'service', namespace: 'default', name: 'x' },
        'refused',
      ],
    ]);
  });

  it.each([["['+-']"], ["['+-', '+']"], ["['..', '..']"]])('has its shape: %s', (rows) => {
    expect(codes(matrix(rows))).toContain('PW0303');
  });
});

describe('a translation', () => {
  const translated = (source: string, inner = CHECK): Map<string, string> =>
    new Map([
      ...lab(task(CHECK)),
      ['one/small/lab.ta.md', `---\ntitle: T\nsummary: S\nsource: ${source}\n---\n\n${task(inner)}`],
    ]);
  const digest = /source: (sha256-[0-9a-f]{12})/;
  const [found] = parseCourse(translated('sha256-000000000000')).diagnostics;
  const source = digest.exec(found?.remedy ?? '')?.[1] ?? '';

  it('is stale when its original has changed, and the remedy says what to write', () => {
    expect(found).toMatchObject({ code: 'PW0504', severity: 'warning', file: 'one/small/lab.ta.md' });
    expect(codes(translated(source))).toEqual([]);
  });

  it('is stale when something is missing, and wrong when something is its own', () => {
    expect(codes(translated(source, ''))).toEqual(['PW0504']);
    expect(codes(translated(source, CHECK + CHECK.replace('#there', '#more')))).toEqual(['PW0203']);
  });

  it('has an original', () => {
    expect(codes(new Map([...lab(task(CHECK)), ['one/none.ta.md', '']]))).toEqual(['PW0203']);
  });
});

describe('mistakes', () => {
  const table: readonly (readonly [what: string, files: Map<string, string>, code: DiagnosticCode])[] = [
    ['no course.yaml', new Map(), 'PW0101'],
    ['a lab that is listed but not there', new Map([['course.yaml', OUTLINE]]), 'PW0101'],
    [
      'no front matter',
      new Map([
        ['course.yaml', OUTLINE],
        ['one/small/lab.md', '# Hi'],
      ]),
      'PW0102',
    ],
    ['YAML that lost its indentation', lab(task(CHECK), '---\nid: small\n title: x\n---\n'), 'PW0103'],
    [
      'an alias bomb',
      lab(
        task(CHECK),
        `---\na: &a [x,x]\n${Array.from({ length: 8 }, (_, i) => `${'bcdefghi'[i] ?? ''}: &${'bcdefghi'[i] ?? ''} [${`*${'abcdefgh'[i] ?? ''},`.repeat(9)}]`).join('\n')}\n---\n`,
      ),
      'PW0103',
    ],
    ['an unknown field', lab(task(CHECK), FRONT.replace('minutes: 5', 'minutes: 5\nminuts: 5')), 'PW0104'],
    ['a missing field', lab(task(CHECK), FRONT.replace('minutes: 5\n', '')), 'PW0104'],
    ['two tasks of one id', lab(task(CHECK) + task(CHECK)), 'PW0201'],
    ['two checks of one id', lab(task(CHECK + CHECK)), 'PW0201'],
    ['a task without an id', lab(task(CHECK, 'title="Do it"')), 'PW0202'],
    ['a need that leads nowhere', lab(task(CHECK, '#do title="Do it" needs="other"')), 'PW0203'],
    ['an unknown directive', lab(`:::tip\nHi\n:::\n\n${task(CHECK)}`), 'PW0204'],
    ['HTML', lab(`<script>alert(1)</script>\n\n${task(CHECK)}`), 'PW0204'],
    ['a task without checks', lab(task('')), 'PW0205'],
    [
      'tasks in a circle',
      lab(task(CHECK, '#a title="A" needs="b"') + task(CHECK, '#b title="B" needs="a"')),
      'PW0206',
    ],
    ['a check without YAML', lab(task(':::check{#c title="C"}\n:::\n')), 'PW0301'],
    [
      'a look into logs for nothing',
      lab(task(':::check{#c title="C"}\n```yaml\nlogs: { pod: pod/default/a }\n```\n:::\n')),
      'PW0303',
    ],
    [
      'a check of two things',
      lab(task(CHECK.replace('name: a }', 'name: a }\nanswer: { question: q }'))),
      'PW0302',
    ],
    [
      'an endpoint nobody can read',
      lab(
        task(
          ':::check{#c title="C"}\n```yaml\nconnectivity: [{ from: pod/x, to: toolbox, expect: open }]\n```\n:::\n',
        ),
      ),
      'PW0301',
    ],
    [
      'a question without a right answer',
      lab(task(`:::question{#q kind=single}\n- [ ] \`one\` A\n- [ ] \`two\` B\n:::\n\n${CHECK}`)),
      'PW0304',
    ],
    [
      'a manifest that is no YAML',
      new Map([...lab(task(CHECK)), ['one/small/setup/a.yaml', 'kind: [']]),
      'PW0401',
    ],
    ['an image without alternative text', lab(`![](x.png)\n\n${task(CHECK)}`), 'PW0501'],
    [
      'a lab whose id is not its folder’s name',
      lab(task(CHECK), FRONT.replace('id: small', 'id: tiny')),
      'PW0208',
    ],
    [
      'two chapters of one id',
      new Map([
        ...lab(task(CHECK)),
        ['course.yaml', `${OUTLINE}  - { id: one, title: O, summary: S, lessons: [] }\n`],
      ]),
      'PW0201',
    ],
    [
      'a task behind one that can’t be passed',
      lab(task('', '#a title="A"') + task(CHECK, '#b title="B" needs="a"')),
      'PW0207',
    ],
    ['a link to no page', lab(`[x](/learn/one/none)\n\n${task(CHECK)}`), 'PW0503'],
    ['a link to no file', lab(`[x](../none.md)\n\n${task(CHECK)}`), 'PW0503'],
    ['a link that runs a script', lab(`[x](javascript:alert(1))\n\n${task(CHECK)}`), 'PW0503'],
    ['a lab that is not listed', new Map([...lab(task(CHECK)), ['one/other/lab.md', '']]), 'PW0105'],
    [
      'a folder of a lab that nothing reads',
      new Map([...lab(task(CHECK)), ['one/small/setups/a.yaml', 'a: b']]),
      'PW0105',
    ],
    [
      'an accepted mutant without a reason',
      new Map([...lab(task(CHECK)), ['one/small/mutants.yaml', 'accepted: [{ mutant: a }]']]),
      'PW0104',
    ],
    ...[
      'established: { from: toolbox, to: pod/default/a, port: 80, expect: alive, change: "kind: X" }',
      "http: { from: pod/default/a, url: 'https://web/', certificate: { trusted: true } }",
    ].map((look): [string, Map<string, string>, DiagnosticCode] => [
      `on a real cluster, ${look.slice(0, 11)}`,
      lab(
        task(CHECK.replace('object: { apiVersion: v1, kind: Pod, name: a }', look)),
        FRONT.replace('minutes: 5', 'minutes: 5\nbackends: [simulated, kind]'),
      ),
      'PW0306',
    ]),
    ['a solution of no task', new Map([...lab(task(CHECK)), ['one/small/solution/other.sh', '']]), 'PW0502'],
  ];

  it.each(table)('%s', (_what, files, code) => {
    expect(codes(files)).toContain(code);
  });

  it('are told once: what can’t be read is not missing as well', () => {
    const outline = OUTLINE.replace('lessons: []', 'lessons: [read]');
    const lesson = '---\nid: read\ntitle: R\nsummary: S\nminutes: 2\nlab: small\n---\n\nText.\n';
    const wrong = '# fails: do/there\ntrue\n';
    const files = (text: string, front = FRONT): Map<string, string> =>
      new Map([
        ...lab(task(text), front),
        ['course.yaml', outline],
        ['one/read.md', lesson],
        ['one/small/wrong/a.sh', wrong],
      ]);
    expect(codes(files(CHECK))).toEqual([]);
    expect(codes(files(CHECK.replace('kind: Pod', 'kind: [')))).toContain('PW0103');
    expect(codes(files(CHECK.replace('kind: Pod', 'kind: [')))).not.toContain('PW0502');
    expect(codes(files(CHECK, FRONT.replace('minutes: 5', 'minutes: soon')))).toEqual(['PW0104']);
    // Of a check that is not there at all it is told.
    expect(codes(files(CHECK.replaceAll('#there', '#here')))).toEqual(['PW0502']);
  });

  it('PW0204: a space after the colons makes a paragraph of a directive', () => {
    const { diagnostics } = parseCourse(lab(task(`${CHECK}\n::: note\nText.\n:::\n`)));
    expect(diagnostics.map(({ code, message, remedy }) => [code, message, remedy])).toContainEqual([
      'PW0204',
      '"::: note" is no directive: there is a space after the colons.',
      'Write :::note.',
    ]);
  });

  it('are none where links lead somewhere, and images only where they were looked for', () => {
    const files = lab(
      `[a](lab.md) [b](/lab/small#top) [c](#top) [d](https://kubernetes.io) ![e](e.svg)\n\n${task(CHECK)}`,
    );
    expect(codes(files)).toEqual([]);
    expect(parseCourse(files, ['one/small/e.svg']).diagnostics).toEqual([]);
    expect(parseCourse(files, []).diagnostics.map(({ code }) => code)).toEqual(['PW0503']);
  });

  it('are given with file, line, column and remedy', () => {
    const [found] = parseCourse(lab(task(CHECK), FRONT.replace('minutes: 5', 'minutes: soon'))).diagnostics;
    expect(found).toMatchObject({ file: 'one/small/lab.md', line: 5, column: 1, severity: 'error' });
    expect(found?.message).toContain('minutes');
    expect(found?.remedy).not.toBe('');
  });
});
