import { parseCourse } from '@podwire/lab';
import type { Lab } from '@podwire/lab';
import { describe, expect, it } from 'vitest';
import { probeOfMention } from '../workspace/probe-of-mention.ts';
import type { FigureBase } from './cluster-base.ts';
import { deliveredBaseSchema } from './delivered-base.ts';
import { figureOf } from './figure.ts';
import type { Figure } from './figure.ts';
import { FigureClusters, probe } from './figure-cluster.ts';
import { withFigures } from './figures.ts';
import { deliveredBase, labsOfPackets, manifestsIn } from './lab-base.ts';

const DENY =
  'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: deny }\nspec: { podSelector: { matchLabels: { app: web } }, policyTypes: [Ingress] }';
const SETUP = [
  '# The secret of this lab: nobody listens on 81.',
  'apiVersion: v1',
  'kind: Pod',
  'metadata: { name: web, labels: { app: web } }',
  "spec: { containers: [{ name: c, image: 'registry.k8s.io/e2e-test-images/agnhost:2.53', args: [netexec, '--http-port={{port}}'] }] }",
  '---',
  'apiVersion: v1',
  'kind: Pod',
  'metadata: { name: client }',
  "spec: { containers: [{ name: c, image: 'registry.k8s.io/e2e-test-images/agnhost:2.53', args: [pause] }] }",
].join('\n');
const LAB = [
  '---\nid: small\ntitle: Small\nsummary: S\nminutes: 5\ncluster: { nodes: 2, images: [busybox] }',
  'parameters:\n  port: { kind: port, from: 8080, to: 8999 }\n---',
  '::::task{#do title="Do"}',
  ':::question{#q kind=single}\n\nWhich?\n\n- [x] `the-right-one` This\n- [ ] `no` That\n\n:::',
  ':::check{#c title="C"}\n\n```yaml\nanswer: { question: q }\n```\n\n:::',
  ':::solution\n\nSo it is solved.\n\n:::',
  '::::',
].join('\n\n');
const PACKET = `:::packet[Stopped]{from=pod/default/client to=pod/default/web port=8080}\n\n\`\`\`yaml apply\n${DENY}\n\`\`\`\n\n:::`;

function read(setup = SETUP): { readonly lab: Lab; readonly figure: Extract<Figure, { kind: 'packet' }> } {
  const { course, diagnostics } = parseCourse(
    new Map([
      [
        'course.yaml',
        'title: T\nsummary: S\nchapters: [{ id: one, title: One, summary: F, lessons: [read], labs: [small] }]\n',
      ],
      [
        'one/read.md',
        `---\nid: read\ntitle: R\nsummary: S\nminutes: 2\nlab: small\n---\n\n# R\n\n${PACKET}\n`,
      ],
      ['one/small/lab.md', LAB],
      ['one/small/setup/the-hidden-fault.yaml', setup],
      ['one/small/solution/do.sh', '# answer: q = the-right-one\n'],
      ['one/small/files/notes.txt', 'private notes\n'],
    ]),
  );
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const [chapter] = course.chapters;
  const lab = chapter?.labs[0];
  if (lab === undefined) throw new Error('the lab is read');
  const [, node] = withFigures(chapter?.lessons[0]?.body.children ?? [], {
    file: 'one/read.md',
    pageId: 'read',
    locale: undefined,
    story: {},
    own: lab,
    labOf: () => lab,
  });
  const figure = node?.type === 'containerDirective' ? figureOf(node) : undefined;
  if (figure?.kind !== 'packet') throw new Error('the packet is drawn');
  return { lab, figure };
}

/** What has crossed the wire. */
function arrived(lab: Lab): FigureBase {
  const { key, needs, setup } = deliveredBaseSchema.parse(JSON.parse(JSON.stringify(deliveredBase(lab))));
  return { key, needs, setup: [{ where: 'setup', objects: setup }] };
}

describe('what a browser gets of a lab', () => {
  const { lab, figure } = read();

  it('are its needs and the objects of its setup: no comments, names of files, answers, solutions or files', () => {
    const delivered = deliveredBase(lab);
    expect(Object.keys(delivered).sort()).toEqual(['key', 'needs', 'setup']);
    expect(delivered.needs).not.toHaveProperty('images');
    expect(delivered.setup.map(({ kind, metadata }) => [kind, metadata.name])).toEqual([
      ['Pod', 'web'],
      ['Pod', 'client'],
    ]);
    const text = JSON.stringify(delivered);
    for (const secret of ['secret', 'hidden-fault', 'the-right-one', 'solved', 'private notes', '{{'])
      expect(text).not.toContain(secret);
    expect(text).toContain('--http-port=8080');
  });

  it('makes the same packet go the same way, hop by hop, without the shell', () => {
    expect(figure).toMatchObject({
      live: { labId: 'small', shell: false },
      result: { verdict: 'timed-out' },
    });
    const cluster = new FigureClusters(new Map(), 1).cluster(arrived(lab), manifestsIn(DENY));
    const request = probeOfMention(figure.mention);
    if (request === undefined) throw new Error('the figure names a connection');
    expect(probe(cluster, request)).toEqual(figure.result);
  });

  it('is told to bring the shell where a pod starts a program of it', () => {
    const checked =
      "spec: { initContainers: [{ name: i, image: busybox, command: [sh, '-c', 'echo'] }], containers:";
    expect(read(SETUP.replace('spec: { containers:', checked)).figure.live.shell).toBe(true);
  });

  it('can be tried otherwise: without the policy, and where nobody listens', () => {
    const clusters = new FigureClusters(new Map(), 1);
    const send = (port: number) => {
      const request = probeOfMention({ ...figure.mention, port });
      if (request === undefined) throw new Error('the figure names a connection');
      return probe(clusters.cluster(arrived(lab), []), request).verdict;
    };
    expect([send(8080), send(81)]).toEqual(['open', 'refused']);
  });

  it('ends when whoever waits says so', () => {
    const stop = (): void => {
      throw new Error('enough');
    };
    expect(() => new FigureClusters(new Map(), 1).cluster(arrived(lab), [], stop)).toThrow('enough');
  });

  it('keeps no more clusters than it may', () => {
    const clusters = new FigureClusters(new Map(), 1);
    const base = arrived(lab);
    const other = { ...base, key: 'other', setup: [] };
    clusters.booted(base);
    clusters.booted(other);
    expect([clusters.has(base), clusters.has(other)]).toEqual([false, true]);
  });
});

describe('the labs of a page’s packets', () => {
  const packet = (type: string, lab?: string) => ({ type, name: 'packet', attributes: { from: 'a', lab } });
  it.each([
    ['its own', [packet('leafDirective')], ['own']],
    ['one that it names, however deep', [{ children: [packet('containerDirective', 'other')] }], ['other']],
    ['none for a mention in a sentence', [packet('textDirective')], []],
    ['none for a diagram', [{ ...packet('leafDirective'), name: 'diagram' }], []],
  ])('%s', (_what, page, labs) => {
    expect([...labsOfPackets(page, 'own')]).toEqual(labs);
  });
});
