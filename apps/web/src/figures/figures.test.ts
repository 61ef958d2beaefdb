import { parseCourse } from '@podwire/lab';
import type { Lab } from '@podwire/lab';
import type { RootContent } from 'mdast';
import { describe, expect, it } from 'vitest';
import { outputOf } from '../content/code-meta.ts';
import { pageQuizOf } from '../content/page-quiz.ts';
import { figureOf, mistakeOf } from './figure.ts';
import type { Figure } from './figure.ts';
import { withFigures } from './figures.ts';

const POD = (name: string, args: string): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name}, labels: { app: ${name} } }\nspec: { containers: [{ name: c, image: 'registry.k8s.io/e2e-test-images/agnhost:2.53', args: [${args}] }] }\n`;
const SETUP = `${POD('web', 'netexec, --http-port=8080')}---\n${POD('client', 'pause')}---\napiVersion: v1\nkind: Service\nmetadata: { name: front }\nspec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }\n`;
const DENY =
  'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: deny }\nspec: { podSelector: {}, policyTypes: [Ingress] }';

function nodesOf(text: string, mistakesInPage = false): readonly RootContent[] {
  const { course, diagnostics } = parseCourse(
    new Map([
      [
        'course.yaml',
        'title: T\nsummary: S\nchapters: [{ id: one, title: One, summary: F, lessons: [read], labs: [small] }]\n',
      ],
      ['one/read.md', `---\nid: read\ntitle: R\nsummary: S\nminutes: 2\nlab: small\n---\n\n${text}\n`],
      [
        'one/small/lab.md',
        '---\nid: small\ntitle: Small\nsummary: S\nminutes: 5\n---\n\n::::task{#do title="Do"}\n\n:::check{#c title="C"}\n\n```yaml\nobject: { apiVersion: v1, kind: Pod, name: a }\n```\n\n:::\n\n::::\n',
      ],
      ['one/small/setup/a.yaml', SETUP],
    ]),
  );
  expect(diagnostics).toEqual([]);
  const [chapter] = course.chapters;
  const labOf = (id: string): Lab | undefined => chapter?.labs.find((lab) => lab.id === id);
  return withFigures(chapter?.lessons[0]?.body.children ?? [], {
    file: 'one/read.md',
    pageId: 'read',
    locale: undefined,
    story: {},
    own: labOf('small'),
    labOf,
    mistakesInPage,
  });
}

function figuresOf(text: string): readonly Figure[] {
  return nodesOf(text).flatMap((node: RootContent) =>
    node.type === 'leafDirective' || node.type === 'containerDirective' ? (figureOf(node) ?? []) : [],
  );
}

const run = (command: string): string => `\`\`\`sh run\n${command}\n\`\`\``;
const apply = (manifest: string): string => `\`\`\`yaml apply\n${manifest}\n\`\`\``;

describe('the commands of a lesson', () => {
  const ask = run('kubectl exec client -- curl -sS --connect-timeout 5 http://front:80/hostname');

  it('print what the simulation prints, one after the other, in a cluster with the manifests before them', () => {
    const printed = nodesOf(`${ask}\n\n${apply(DENY)}\n\n${ask}`).flatMap((node) =>
      node.type === 'code' ? (outputOf(node) ?? []) : [],
    );
    expect(printed).toEqual(['web', expect.stringMatching(/timed out|Timeout/i)]);
  });

  it('of a prediction are run for its quiz, which has no key', () => {
    const quiz = `:::quiz{#q kind=predict}\n\nWhat?\n\n- [x] \`web\` Web\n- [ ] \`no\` Nothing\n\n${ask}\n\nSince it is so.\n\n:::`;
    const [node] = nodesOf(quiz);
    if (node?.type !== 'containerDirective') throw new Error('the quiz stays where it stood');
    expect(pageQuizOf(node)).toMatchObject({ id: 'q', kind: 'predict', pageId: 'read', output: 'web' });
    expect(JSON.stringify(node)).not.toMatch(/"key"|"checked":true|Since it is so/);
  });
});

describe('figures', () => {
  it('a packet is tried in a cluster with the lab’s setup', () => {
    const [figure] = figuresOf(
      '::packet[To the Service]{from=pod/default/client to=service/default/front port=80}',
    );
    expect(figure).toMatchObject({ kind: 'packet', caption: 'To the Service', result: { verdict: 'open' } });
  });

  it('manifests inside are applied after it, and for this figure alone', () => {
    const closed = `:::packet[Stopped]{from=pod/default/client to=pod/default/web port=8080}\n\`\`\`yaml apply\n${DENY}\n\`\`\`\n:::`;
    const open = '::packet[Passes]{from=pod/default/client to=pod/default/web port=8080}';
    const verdicts = figuresOf(`${closed}\n\n${open}`).map((figure) =>
      figure.kind === 'packet' ? figure.result.verdict : undefined,
    );
    expect(verdicts).toEqual(['timed-out', 'open']);
  });

  it('a diagram has the pods that its selector selects, on their nodes', () => {
    const [figure] = figuresOf('::diagram[Where they are]{namespace=default select="app=web"}');
    const model = figure?.kind === 'diagram' ? figure.model : undefined;
    expect(model?.rooms).toHaveLength(2);
    expect(model?.rooms.flatMap((room) => room.pods.map((pod) => pod.name))).toEqual(['web']);
    expect(model?.doors.map((door) => [door.name, door.ready])).toEqual([['front', ['pod/default/web']]]);
  });

  it.each([
    [
      'a pod that is not there',
      '::packet[x]{from=pod/default/nobody to=pod/default/web port=1}',
      'one/read.md',
    ],
    ['a selector that selects nothing', '::diagram[x]{namespace=none}', 'nothing in the cluster'],
    [
      'a manifest that the API refuses',
      ':::diagram[x]\n```yaml apply\napiVersion: v1\nkind: Service\nmetadata: { name: UPPER }\nspec: { ports: [{ port: 80 }] }\n```\n:::',
      'Service "UPPER"',
    ],
  ])('%s stops the build, with the reason', (_what, text, words) => {
    expect(() => figuresOf(text)).toThrow(words);
  });

  it('stand in the page of a preview where they can’t be drawn, with file and line, and the rest is drawn', () => {
    const nodes = nodesOf(
      [
        '# Here',
        '::packet[x]{from=pod/default/nobody to=pod/default/web port=1}',
        apply('kind: ['),
        ':::note\n\n::diagram[x]{namespace=none}\n\n:::',
        '::packet[To the Service]{from=pod/default/client to=service/default/front port=80}',
        run('kubectl get pod web -o name'),
      ].join('\n\n'),
      true,
    );
    const [, packet, applied, note, drawn, command] = nodes;
    expect(packet?.type === 'containerDirective' && mistakeOf(packet)).toEqual({
      place: 'one/read.md:11',
      what: "This packet can't be drawn",
      why: expect.stringContaining('nobody') as string,
    });
    expect(applied?.type === 'containerDirective' && mistakeOf(applied)?.place).toBe('one/read.md:13');
    expect(JSON.stringify(note)).toMatch(/one\/read\.md:19.*nothing in the cluster fits/);
    expect(drawn?.type === 'leafDirective' && figureOf(drawn)?.kind).toBe('packet');
    expect(command?.type === 'code' && outputOf(command)).toBe('pod/web');
  });
});
