import { describe, expect, it } from 'vitest';
import { parseCourse } from './course.ts';
import { publicLab } from './lab.ts';
import type { Task } from './model.ts';

const OUTLINE =
  'title: T\nsummary: S\nchapters:\n  - { id: one, title: One, summary: First, lessons: [read], labs: [small] }\n';
const FRONT = '---\nid: small\ntitle: Small\nsummary: A small lab\nminutes: 5\n---\n';
const CHECK =
  ':::check{#there title="It is there"}\n```yaml\nobject: { apiVersion: v1, kind: Pod, name: a }\n```\n:::\n';

function course(inTask: string, lesson = '', front = '') {
  return parseCourse(
    new Map([
      ['course.yaml', OUTLINE],
      ['one/small/lab.md', `${FRONT}\n::::task{#do title="Do it"}\n\n${inTask}\n\n${CHECK}\n::::\n`],
      ['one/read.md', `---\nid: read\ntitle: R\nsummary: S\nminutes: 2\n${front}---\n\n${lesson}\n`],
    ]),
  );
}
const codes = (...given: Parameters<typeof course>): string[] =>
  course(...given).diagnostics.map(({ code }) => code);

describe('directives of prose', () => {
  it.each([
    [':run[kubectl get pods]{in=node/podwire-worker}'],
    ['```sh run in=pod/default/web\nls\n```'],
    [':file[~/web.yaml]{line=12} and :file[/etc/hosts]'],
    [':packet[it]{from=pod/default/a to=service/default/b port=80}'],
    ['::packet[Caption]{from=toolbox to=host/10.0.0.1 protocol=icmp}'],
    ['::diagram[Caption]{namespace=default select="app=web"}'],
    ['At 10:30 a port is written node:port.'],
  ])('PW0211 is not said of %s', (text) => {
    expect(codes(text)).toEqual([]);
  });

  it.each([
    [':run[ls]{in=service/default/web}'],
    ['```sh run in=nowhere\nls\n```'],
    [':file[web.yaml]'],
    [':file[~/web.yaml]{line=first}'],
    [':packet[it]{to=service/default/b port=80}'],
    [':packet[it]{from=pod/a to=service/default/b port=80}'],
    [':packet[it]{from=service/default/a to=service/default/b port=80}'],
    [':packet[it]{from=toolbox to=node/one port=80}'],
    [':packet[it]{from=pod/default/a to=service/default/b}'],
    [':packet[it]{from=pod/default/a to=service/default/b port=99999}'],
    [':packet[it]{from=pod/default/a to=service/default/b port=80 protocol=quic}'],
    ['::pocket[it]{from=toolbox}'],
  ])('PW0211 is said of %s', (text) => {
    expect(codes(text)).toEqual(['PW0211']);
  });

  it('a figure in a lesson needs a cluster: of its lab, of a lab it names, or manifests of its own', () => {
    const figure = '::diagram[Where they are]{namespace=default}';
    expect(codes('', figure)).toEqual(['PW0211']);
    expect(codes('', figure, 'lab: small\n')).toEqual([]);
    expect(codes('', '::diagram[Where]{lab=small}')).toEqual([]);
    expect(codes('', '::diagram[Where]{lab=none}')).toEqual(['PW0203']);
    expect(
      codes(
        '',
        ':::diagram[Where]\n```yaml apply\napiVersion: v1\nkind: Pod\nmetadata: { name: a }\n```\n:::',
      ),
    ).toEqual([]);
  });

  it('a lesson has no parameters', () => {
    expect(codes('', 'Port {{port}}.')).toEqual(['PW0209']);
  });
});

describe('questions', () => {
  const ORDER =
    ':::question{#way kind=order}\n\nIn which order?\n\n1. `veth` The veth\n2. `bridge` The bridge\n3. `route` The route\n4. `wire` The wire\n\n:::\n\n:::check{#way-right title="Known"}\n```yaml\nanswer: { question: way }\n```\n:::\n';
  const PREDICT =
    ':::question{#guess kind=predict}\n\nWhat happens?\n\n```sh run\ncurl web\n```\n\n- [x] `refused` Refused\n- [ ] `open` Open\n\n:::\n\n:::check{#guess-right title="Foreseen"}\n```yaml\nanswer: { question: guess }\n```\n:::\n';
  const taskOf = (text: string): Task => {
    const parsed = course(text);
    expect(parsed.diagnostics).toEqual([]);
    const task = parsed.course.chapters[0]?.labs[0]?.tasks[0];
    if (task === undefined) throw new Error('no task');
    return task;
  };

  it('order: the key has the order of the list, and the page another', () => {
    const { questions, checks } = taskOf(ORDER);
    const right = ['veth', 'bridge', 'route', 'wire'];
    expect(checks[0]).toMatchObject({ accept: { kind: 'options', ids: right, ordered: true } });
    const shown = questions[0]?.options.map(({ id }) => id) ?? [];
    expect([...shown].sort()).toEqual([...right].sort());
    expect(shown).not.toEqual(right);
  });

  it('predict: the command is apart from the prompt', () => {
    const { questions, checks } = taskOf(PREDICT);
    expect(questions[0]).toMatchObject({ kind: 'predict', command: 'curl web' });
    expect(JSON.stringify(questions[0]?.prompt)).not.toContain('curl');
    expect(checks[0]).toMatchObject({ accept: { kind: 'options', ids: ['refused'] } });
  });

  it('tell the browser nothing of what is right', () => {
    for (const text of [ORDER, PREDICT]) {
      const lab = course(text).course.chapters[0]?.labs[0];
      if (lab === undefined) throw new Error('no lab');
      expect(JSON.stringify(publicLab(lab))).not.toMatch(/"accept"|"checked"|"ordered"|"ids"/);
    }
  });

  it.each([
    ['an order of two', ORDER.replace(/\n3\..*\n4\..*/, '')],
    ['a prediction of nothing', PREDICT.replace(/```sh run[^`]*```/, '')],
    ['a prediction with two right ends', PREDICT.replace('[ ]', '[x]')],
    ['an unknown kind', ORDER.replace('kind=order', 'kind=sort')],
  ])('PW0304: %s', (_what, text) => {
    expect(codes(text)).toContain('PW0304');
  });

  it('PW0201: two options of one id', () => {
    expect(codes(ORDER.replace('`wire`', '`veth`'))).toEqual(['PW0201']);
  });
});
