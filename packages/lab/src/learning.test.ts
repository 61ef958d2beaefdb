import { describe, expect, it } from 'vitest';
import { CourseReader, parseCourse } from './course.ts';
import { instantiate } from './lab-document.ts';
import { publicLab, shownParameters } from './lab.ts';
import { inLocale } from './locale.ts';

const OUTLINE =
  'title: T\nsummary: S\nchapters: [{ id: one, title: One, summary: First, lessons: [read], labs: [small] }]\n';
const LESSON = (text: string): string =>
  `---\nid: read\ntitle: Read\nsummary: S\nminutes: 5\n---\n\n${text}\n`;
const LAB = (inner: string, front = ''): string =>
  `---\nid: small\ntitle: Small\nsummary: S\nminutes: 5\n${front}---\n\nHello.\n\n::::task{#do title="Do it"}\n\nText.\n\n:::check{#there title="There"}\n\`\`\`yaml\nobject: { apiVersion: v1, kind: Pod, name: a }\n\`\`\`\n:::\n\n${inner}\n\n::::\n`;
const QUIZ =
  ':::quiz{#who kind=single}\n\nWho answers?\n\n- [ ] `node` The node\n- [x] `web` The pod\n\nIt has the address.\n\n:::';

function read(files: Readonly<Record<string, string>>) {
  const { course, diagnostics } = parseCourse(
    new Map(
      Object.entries({
        'course.yaml': OUTLINE,
        'one/read.md': LESSON('Text.'),
        'one/small/lab.md': LAB(''),
        ...files,
      }),
    ),
  );
  const [chapter] = course.chapters;
  const found = diagnostics.map(({ code, file, message }) => `${code} ${file} ${message}`);
  return { lesson: chapter?.lessons[0], lab: chapter?.labs[0], found };
}

/** `source:` of a translation, as the linter tells it. */
function sourceOf(files: Readonly<Record<string, string>>): string {
  const { diagnostics } = parseCourse(new Map(Object.entries({ 'course.yaml': OUTLINE, ...files })));
  const stale = diagnostics.find(({ code }) => code === 'PW0504');
  return /sha256-[0-9a-f]{12}/.exec(stale?.remedy ?? '')?.[0] ?? '';
}

describe('a quiz within a text', () => {
  it('stands in it without its key and its explanation, which the server keeps', () => {
    const { lesson, found } = read({ 'one/read.md': LESSON(QUIZ) });
    expect(found).toEqual([]);
    expect(lesson?.quizzes).toMatchObject([
      { id: 'who', kind: 'single', key: ['web'], explanation: [{ type: 'paragraph' }] },
    ]);
    const shown = JSON.stringify(lesson?.body);
    expect(shown).toContain('Who answers?');
    expect(shown).not.toMatch(/"key"|"checked":true|It has the address/);
  });

  it('may stand in a lab’s prose as well, and its key does not reach the browser there either', () => {
    const { lab, found } = read({ 'one/small/lab.md': LAB(QUIZ) });
    expect(found).toEqual([]);
    if (lab === undefined) throw new Error('the lab can be read');
    expect(lab.quizzes?.map(({ id }) => id)).toEqual(['who']);
    expect(JSON.stringify(publicLab(lab))).not.toMatch(/"key"|"checked":true|It has the address/);
  });

  it.each([
    ['no kind', QUIZ.replace(' kind=single', ''), 'PW0304'],
    ['no id', QUIZ.replace('#who ', ''), 'PW0202'],
    ['two of one id', `${QUIZ}\n\n${QUIZ}`, 'PW0201'],
    ['nothing right', QUIZ.replace('[x]', '[ ]'), 'PW0304'],
    ['a prediction of nothing', QUIZ.replace('single', 'predict'), 'PW0304'],
    ['a link to nowhere in its explanation', QUIZ.replace('the address', '[one](none.md)'), 'PW0503'],
  ])('with %s is a mistake', (_what, text, code) => {
    expect(read({ 'one/read.md': LESSON(text) }).found.map((each) => each.slice(0, 6))).toContain(code);
  });
});

describe('hints and solutions', () => {
  const HINT = (cost: string): string => `:::hint{#h${cost}}\n\nLook up.\n\n:::\n`;

  it('what costs something is told by the server alone', () => {
    const { lab, found } = read({
      'one/small/lab.md': LAB(`${HINT('')}\n:::hint{#dear cost=20}\n\nThe answer.\n\n:::`),
    });
    expect(found).toEqual([]);
    if (lab === undefined) throw new Error('the lab can be read');
    expect(publicLab(lab).tasks[0]?.hints).toMatchObject([
      { id: 'h', body: [{}] },
      { id: 'dear', cost: 20 },
    ]);
    expect(JSON.stringify(publicLab(lab))).not.toContain('The answer');
  });

  it('the solution of a task is told by the server alone', () => {
    const { lab, found } = read({
      'one/small/lab.md': LAB(
        ':::solution\n\nThis way, on port {{port}}.\n\n:::',
        'parameters:\n  port: { kind: port, from: 80, to: 90 }\n',
      ),
    });
    expect(found).toEqual([]);
    if (lab === undefined) throw new Error('the lab can be read');
    expect(publicLab(lab).tasks[0]).toMatchObject({ hasSolution: true });
    expect(JSON.stringify(publicLab(lab))).not.toContain('This way');
    // Whoever reads it in the end may know what it names.
    expect([...shownParameters(lab)]).toEqual(['port']);
    expect(JSON.stringify(instantiate(lab, { port: '85' }).tasks[0]?.solution)).toContain('port 85');
  });

  it.each(['0.5', '101', '-1', 'much'])('cost=%s is a mistake', (cost) => {
    expect(read({ 'one/small/lab.md': LAB(HINT(` cost=${cost}`)) }).found.join()).toMatch(/PW0211 .*cost=/);
  });

  it('two solutions of one task are a mistake', () => {
    const two = ':::solution\n\nA.\n\n:::\n\n:::solution\n\nB.\n\n:::';
    expect(read({ 'one/small/lab.md': LAB(two) }).found.join()).toMatch(/PW0201 .*two solutions/);
  });

  it('in a lesson both are texts shown on demand; a task belongs into a lab', () => {
    expect(
      read({ 'one/read.md': LESSON(':::hint[Look]\n\nUp.\n\n:::\n\n:::solution\n\nSo.\n\n:::') }).found,
    ).toEqual([]);
    expect(read({ 'one/read.md': LESSON('::::task{#a title="B"}\n\nC.\n\n::::') }).found.join()).toMatch(
      /PW0204/,
    );
  });
});

describe('a translation', () => {
  const ORIGINAL = LAB(
    `:::hint{#look}\n\nLook up.\n\n:::\n\n:::question{#q kind=single}\n\nWhich?\n\n- [x] \`a\` First\n- [ ] \`b\` Second\n\n:::\n\n${QUIZ}`,
  );
  const german = (source: string): string =>
    `---\ntitle: Klein\nsummary: Z\nsource: ${source}\n---\n\nHallo.\n\n::::task{#do title="Mach es"}\n\nText auf Deutsch.\n\n:::check{#there title="Da"}\n\n:::\n\n:::hint{#look}\n\nSieh hinauf.\n\n:::\n\n:::question{#q kind=single}\n\nWelches?\n\n- \`b\` Das zweite\n- \`a\` Das erste\n\n:::\n\n:::quiz{#who kind=single}\n\nWer antwortet?\n\n- \`node\` Der Node\n- \`web\` Der Pod\n\nEr hat die Adresse.\n\n:::\n\n::::\n`;
  const files = (translation: string) => ({
    'one/small/lab.md': ORIGINAL,
    'one/small/lab.de.md': translation,
  });
  const source = sourceOf(files(german('sha256-000000000000')));

  it('gives its texts to the ids, checks and keys of the original', () => {
    const { lab, found } = read(files(german(source)));
    expect(found).toEqual([]);
    if (lab === undefined) throw new Error('the lab can be read');
    expect(publicLab(lab)).toMatchObject({ title: 'Small', locale: 'en', locales: ['de'] });
    const shown = publicLab(lab, 'de');
    expect(shown).toMatchObject({
      title: 'Klein',
      locale: 'de',
      digest: lab.digest,
      tasks: [
        {
          id: 'do',
          title: 'Mach es',
          checks: [{ id: 'there', title: 'Da' }],
          questions: [{ id: 'q', kind: 'single', options: [{ id: 'a' }, { id: 'b' }] }],
        },
      ],
    });
    expect(JSON.stringify(shown)).toContain('Das erste');
    expect(JSON.stringify(shown)).not.toMatch(/Er hat die Adresse|"key"/);
    expect(inLocale(lab, 'de').quizzes).toMatchObject([
      { key: ['web'], explanation: [{ children: [{ value: 'Er hat die Adresse.' }] }] },
    ]);
    expect(publicLab(lab, 'ta').title).toBe('Small');
  });

  it('changes nothing that grading depends on', () => {
    expect(read(files(german(source))).lab?.digest).toBe(read({ 'one/small/lab.md': ORIGINAL }).lab?.digest);
  });

  it('where it lacks something the original stands, and the linter says so', () => {
    const without = german(source).replace(':::hint{#look}\n\nSieh hinauf.\n\n:::\n\n', '');
    const { lab, found } = read(files(without));
    expect(found).toEqual([
      expect.stringMatching(/PW0504 one\/small\/lab\.de\.md Not translated: hint "look" of task "do"/),
    ]);
    if (lab === undefined) throw new Error('the lab can be read');
    expect(JSON.stringify(publicLab(lab, 'de').tasks[0]?.hints)).toContain('Look up.');
  });

  it('is not aged by what nobody translates', () => {
    const timed = ORIGINAL.replace('minutes: 5', 'minutes: 15');
    expect(read({ ...files(german(source)), 'one/small/lab.md': timed }).found).toEqual([]);
  });

  it.each([
    ['body', `${ORIGINAL}\nMore.\n`],
    ['summary', ORIGINAL.replace('summary: S', 'summary: T')],
  ])('is stale when its original’s %s has changed', (_what, changed) => {
    expect(read({ ...files(german(source)), 'one/small/lab.md': changed }).found.join()).toMatch(
      /PW0504 .*has changed/,
    );
  });

  it('of a lesson carries its quizzes’ explanations, and is checked for links as its original is', () => {
    const lesson = (hash: string): string =>
      `---\ntitle: Lies\nsummary: Z\nsource: ${hash}\n---\n\n[Da](none.md)\n\n${QUIZ.replace('It has the address', 'So ist es')}\n`;
    const both = (hash: string) => ({ 'one/read.md': LESSON(QUIZ), 'one/read.de.md': lesson(hash) });
    const { lesson: readLesson, found } = read(both(sourceOf(both('sha256-000000000000'))));
    expect(found).toEqual([expect.stringMatching(/PW0503 one\/read\.de\.md/)]);
    expect(readLesson?.translations).toMatchObject([
      { locale: 'de', title: 'Lies', quizzes: [{ id: 'who' }] },
    ]);
  });
});

describe('reading a course again', () => {
  it('reads what changed, and gives the rest back as the same objects', () => {
    const files = new Map(
      Object.entries({
        'course.yaml': OUTLINE,
        'one/read.md': LESSON('Text.'),
        'one/small/lab.md': LAB(':::hint{#h cost=200}\n\nX.\n\n:::'),
      }),
    );
    const reader = new CourseReader();
    const first = reader.read(files);
    files.set('one/read.md', LESSON('Other.'));
    const second = reader.read(files);
    const labOf = ({ course }: typeof first) => course.chapters[0]?.labs[0];
    expect(labOf(second)).toBe(labOf(first));
    expect(JSON.stringify(second.course.chapters[0]?.lessons)).toContain('Other.');
    // What was wrong with it before is still wrong.
    expect(second.diagnostics).toEqual(parseCourse(files).diagnostics);
    expect(second.diagnostics.map(({ code }) => code)).toEqual(['PW0211']);
    files.set('one/small/lab.md', LAB(''));
    expect(reader.read(files).diagnostics).toEqual([]);
  });
});
