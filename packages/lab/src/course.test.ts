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
  `::::task{${attributes}}\n\nText.\n\n${inner}\n::::\n`;
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
      ':::question{#q kind=single}\n\nWhich?\n\n- [x] `one` The first\n- [ ] `two` The second\n\n:::\n\n:::check{#q-right title="Known"}\n```yaml\nanswer: { question: q }\n```\n:::\n';
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
    expect(codes(translated(source, `${CHECK}\n${CHECK.replace('#there', '#more')}`))).toEqual(['PW0203']);
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
    ['an unknown directive', lab(`:::tip\n\nHi\n\n:::\n\n${task(CHECK)}`), 'PW0204'],
    ['HTML', lab(`<script>alert(1)</script>\n\n${task(CHECK)}`), 'PW0204'],
    ['a task without checks', lab(task('')), 'PW0205'],
    [
      'tasks in a circle',
      lab(task(CHECK, '#a title="A" needs="b"') + task(CHECK, '#b title="B" needs="a"')),
      'PW0206',
    ],
    ['a check without YAML', lab(task(':::check{#c title="C"}\n\n:::\n')), 'PW0301'],
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
      lab(task(`:::question{#q kind=single}\n\n- [ ] \`one\` A\n- [ ] \`two\` B\n\n:::\n\n${CHECK}`)),
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
    const { diagnostics } = parseCourse(lab(task(`${CHECK}\n::: note\nText.\n\n:::\n`)));
    expect(diagnostics.map(({ code, message, remedy }) => [code, message, remedy])).toContainEqual([
      'PW0204',
      '"::: note" is no directive: there is a space after the colons.',
      'Write :::note.',
    ]);
  });

  it('are none where links lead somewhere, and images only where they were looked for', () => {
    const files = lab(
      `[a](lab.md) [b](../small/lab.md#top) [c](#top) [d](https://kubernetes.io) ![e](e.svg)\n\n${task(CHECK)}`,
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

  const told = (files: Map<string, string>): readonly (readonly [string, number, string, string])[] =>
    parseCourse(files).diagnostics.map(({ code, line, message, remedy }) => [code, line, message, remedy]);
  const check = (yaml: string): Map<string, string> =>
    lab(task(CHECK.replace('object: { apiVersion: v1, kind: Pod, name: a }', yaml)));

  it.each([
    ['cni: calico', 'cluster.cni: "calico" is none of its values.', 'Write bridge, ptp, vxlan or none.'],
    ['nodes: 9', 'cluster.nodes: 9 is too much.', 'Write at most 5.'],
    ['nodes: many', 'cluster.nodes: "many" is not a number.', 'Write a number.'],
    ['nodes: 1.5', 'cluster.nodes: 1.5 is not a whole number.', 'Write a whole number.'],
    ['networkPolicies: 1', 'cluster.networkPolicies: 1 is not true or false.', 'Write true or false.'],
    ['images: nginx', 'cluster.images: "nginx" is not a list.', 'Write a list.'],
  ])('PW0104: cluster with %s is told with what to write', (field, message, remedy) => {
    const front = FRONT.replace('minutes: 5', `minutes: 5\ncluster:\n  ${field}`);
    expect(told(lab(task(CHECK), front))).toEqual([['PW0104', 7, message, remedy]]);
  });

  it('PW0104: every unknown field is told, each at its line', () => {
    const front = FRONT.replace('minutes: 5', 'minutes: 5\ncolour: red\nsize: big');
    expect(told(lab(task(CHECK), front)).map(([code, line]) => [code, line])).toEqual([
      ['PW0104', 6],
      ['PW0104', 7],
    ]);
  });

  it('PW0301: fields that lost their indentation are told where they belong', () => {
    const found = told(
      check('connectivity:\n- from: pod/default/a\nto: pod/default/b\nport: 80\nexpect: open'),
    );
    expect(found).toContainEqual([
      'PW0301',
      16,
      'to: there is no such field here.',
      'It belongs into connectivity[0], and seems to have lost its indentation: indent it as the fields there.',
    ]);
    expect(found).toContainEqual([
      'PW0301',
      15,
      'connectivity[0].expect: this field is missing.',
      'Write connectivity[0].expect: open, refused, timed-out or blocked here.',
    ]);
  });

  it('fields below one that has become empty are told where they belong', () => {
    const front = FRONT.replace('minutes: 5', 'minutes: 5\ncluster:\nnodes: 3');
    expect(told(lab(task(CHECK), front))).toEqual([
      ['PW0104', 6, 'cluster: nothing stands in it.', 'Indent what belongs into it, or leave it out.'],
      [
        'PW0104',
        7,
        'nodes: there is no such field here.',
        'It seems to belong into cluster, which is empty, and to have lost its indentation: indent it.',
      ],
    ]);
  });

  it.each([
    [task(CHECK, '#do title="Do" neds="x"'), 'A task has no "neds".', 'Write needs=….'],
    [
      `:::note{colour=red}\n\nText.\n\n:::\n\n${task(CHECK)}`,
      'A note has no "colour".',
      'It may have title.',
    ],
    [`See :file[~/a.yaml]{lines=2}.\n\n${task(CHECK)}`, 'A file has no "lines".', 'Write line=….'],
  ])('PW0211: what a directive does not have is told: %#', (body, message, remedy) => {
    expect(told(lab(body)).map(([code, , ...words]) => [code, ...words])).toEqual([
      ['PW0211', message, remedy],
    ]);
  });

  it('PW0203: an answer to no question names the questions that there are', () => {
    expect(told(check('answer: { question: what }'))).toEqual([
      [
        'PW0203',
        13,
        'Check "there" asks for the answer to "what", which is no question of this task.',
        'The questions are: none.',
      ],
    ]);
  });

  it('PW0204: a directive that is nearly one is told which', () => {
    expect(told(lab(task(`${CHECK}\n:::hnt{#x}\n\nLook.\n\n:::\n\n`)))[0]?.[3]).toBe('Write :::hint.');
  });

  it('are found in the text as well when the front matter can’t be read', () => {
    const front = FRONT.replace('minutes: 5', 'minutes: soon');
    expect(told(lab(task(CHECK.replace('name: a', 'nmae: a')), front)).map(([code]) => code)).toEqual([
      'PW0104',
      'PW0301',
    ]);
  });

  it('PW0213: a directive that is never closed, and colons that close nothing', () => {
    const codesOf = (body: string): readonly (readonly [string, number])[] =>
      told(lab(`${body}${task(CHECK)}`)).map(([code, line]) => [code, line]);
    expect(codesOf('')).toEqual([]);
    expect(codesOf(':::note\n\nText.\n\n:::\n\n')).toEqual([]);
    expect(codesOf('Text.\n\n:::\n\n')).toEqual([['PW0213', 10]]);
    const open = told(lab(`${task(CHECK)}\n:::note\n\nText.\n`));
    expect(open.map(([code, line]) => [code, line])).toEqual([['PW0213', 20]]);
    expect(open[0]?.[2]).toBe('":::note" is never closed, and takes in all that follows it.');
    // As many colons outside as inside: the inner end is taken for the outer one.
    const even = told(lab(task(CHECK).replaceAll('::::', ':::'))).map(([code]) => code);
    expect(even).toContain('PW0213');
    // One that is not closed within its task.
    const within = told(lab(task(`${CHECK}\n:::note\n\nText.\n\n`)));
    expect(within.map(([code, line]) => [code, line])).toEqual([['PW0213', 18]]);
  });
});
