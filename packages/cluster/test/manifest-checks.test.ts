import { gradeTask } from '@podwire/grader';
import type { TaskGrade } from '@podwire/grader';
import { parseCourse } from '@podwire/lab';
import type { Lab, Task } from '@podwire/lab';
import type { ProvingCluster } from '@podwire/prover';
import { beforeAll, describe, expect, it } from 'vitest';
import { simulatedProvingGround } from '../src/index.ts';

const SEED = 5;

/** A lab whose only check is this one, in the language that authors write it in. */
function labOf(check: string): { readonly lab: Lab; readonly task: Task } {
  const { course, diagnostics } = parseCourse(
    new Map([
      [
        'course.yaml',
        'title: C\nsummary: S\nchapters:\n  - { id: one, title: One, summary: S, labs: [written], lessons: [] }\n',
      ],
      [
        'one/written/lab.md',
        `---\nid: written\ntitle: T\nsummary: S\nminutes: 5\n---\n\n::::task{#write title="Write"}\n\n:::check{#c title="It is as it was asked for"}\n\n\`\`\`yaml\n${check}\n\`\`\`\n\n:::\n::::\n`,
      ],
    ]),
  );
  const lab = course.chapters[0]?.labs[0];
  const task = lab?.tasks[0];
  if (lab === undefined || task?.checks.length !== 1) throw new Error(JSON.stringify(diagnostics));
  return { lab, task };
}

let cluster: ProvingCluster;

beforeAll(async () => {
  const { lab } = labOf('manifests: { path: a.yaml, apiVersion: v1, kind: Service }');
  const booted = await simulatedProvingGround().boot(lab, SEED);
  if (!booted.ok) throw new Error(booted.message);
  cluster = booted.cluster;
}, 60_000);

async function graded(check: string, files: Readonly<Record<string, string>>): Promise<TaskGrade> {
  const copy = await cluster.copy();
  if (copy === undefined) throw new Error('the cluster can’t be copied');
  for (const [path, text] of Object.entries(files)) await copy.putFile(path, text);
  return gradeTask({
    task: labOf(check).task,
    cluster: copy.grading,
    answers: {},
    metEarlier: new Set(),
  });
}

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 1
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "nginx:1.29" }] }
`;
const SERVICE =
  'apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: { selector: { app: web }, ports: [{ port: 80 }] }\n';
const BASE = {
  'shop/base/kustomization.yaml': 'resources: [deployment.yaml, service.yaml]\n',
  'shop/base/deployment.yaml': DEPLOYMENT,
  'shop/base/service.yaml': SERVICE,
};
const OVERLAY = {
  ...BASE,
  'shop/overlays/prod/kustomization.yaml': `namePrefix: prod-
namespace: default
resources: [../../base]
patches:
  - path: replicas.yaml
  - target: { kind: Service, name: web }
    patch: |-
      - { op: replace, path: /spec/ports/0/port, value: 8080 }
labels:
  - { pairs: { stage: prod }, includeSelectors: true }
configMapGenerator:
  - { name: settings, literals: [colour=blue] }
`,
  'shop/overlays/prod/replicas.yaml':
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec: { replicas: 3 }\n',
};

describe('a check of what a learner wrote', () => {
  it.each([
    ['a file', 'web.yaml', { 'web.yaml': SERVICE }, 'kind: Service, name: web, valid: true'],
    [
      'a list in a file',
      'all.yaml',
      {
        'all.yaml': `apiVersion: v1\nkind: List\nitems:\n${[DEPLOYMENT, SERVICE].map((text) => `- ${text.trim().replaceAll('\n', '\n  ')}\n`).join('')}`,
      },
      'kind: Service, name: web',
    ],
    [
      'a folder of several files',
      '~/shop/',
      { 'shop/deployment.yaml': DEPLOYMENT, 'shop/service.yaml': SERVICE, 'shop/notes.txt': 'done' },
      'kind: Service, name: web, match: { spec: { ports: [{ port: 80 }] } }',
    ],
    [
      'a kustomization: what it builds, not what its files say',
      'shop/base',
      BASE,
      'kind: Service, name: web, valid: true',
    ],
    [
      'an overlay with its base: prefix, JSON patch, labels',
      'shop/overlays/prod',
      OVERLAY,
      'kind: Service, name: prod-web, valid: true, match: { spec: { selector: { app: web, stage: prod }, ports: [{ port: 8080 }] } }',
    ],
    [
      'an overlay with a merge patch',
      'shop/overlays/prod',
      OVERLAY,
      'kind: Deployment, apiVersion: apps/v1, name: prod-web, valid: true, match: { spec: { replicas: 3 } }',
    ],
    [
      'what a generator makes, with the hash of its content',
      'shop/overlays/prod',
      OVERLAY,
      'kind: ConfigMap, match: { data: { colour: blue } }, cel: "object.metadata.name.matches(\'^prod-settings-[a-z0-9]{10}$\')"',
    ],
    [
      'a kustomization at the top of the home folder',
      '.',
      { 'kustomization.yaml': 'resources: [shop/base]\nnameSuffix: -x\n', ...BASE },
      'kind: Service, name: web-x',
    ],
  ])('takes %s', async (_what, path, files, rest) => {
    const apiVersion = rest.includes('apiVersion') ? '' : 'apiVersion: v1, ';
    const { verdict, checks } = await graded(`manifests: { path: '${path}', ${apiVersion}${rest} }`, files);
    expect([verdict, checks[0]?.because]).toEqual(['passed', undefined]);
  });

  it('fails, in words, where what is built is not what was asked for', async () => {
    const look = (rest: string, files: Readonly<Record<string, string>> = OVERLAY): Promise<TaskGrade> =>
      graded(`manifests: { path: shop/overlays/prod, apiVersion: v1, kind: Service, ${rest} }`, files);
    const named = await look('name: web');
    expect([named.verdict, named.checks[0]?.because]).toEqual([
      'failed',
      expect.stringMatching(
        /^In shop\/overlays\/prod there is: ConfigMap prod-settings-\w{10}, Service prod-web, Deployment prod-web\.$/u,
      ),
    ]);
    const ported = await look('name: prod-web, match: { spec: { ports: [{ port: 80 }] } }');
    expect(ported.checks[0]).toMatchObject({
      verdict: 'failed',
      expected: 'spec.ports[0].port is 80',
      saw: 'spec.ports[0].port is 8080',
    });
    const invalid = await look('name: prod-web, valid: true', {
      ...OVERLAY,
      'shop/base/service.yaml': SERVICE.replace('selector: { app: web }', 'selektor: { app: web }'),
    });
    expect([invalid.verdict, invalid.checks[0]?.because]).toEqual([
      'failed',
      expect.stringMatching(/^The API would refuse it: .*unknown field "spec\.selektor"/),
    ]);
    const absent = await graded('manifests: { path: shop, apiVersion: v1, kind: Service }', {});
    expect([absent.verdict, absent.checks[0]?.because]).toEqual([
      'failed',
      'There is no shop in your home folder.',
    ]);
    const outside = await graded('manifests: { path: shop/../../etc, apiVersion: v1, kind: Service }', {});
    expect(outside.checks[0]?.because).toBe('shop/../../etc is not in your home folder.');
  });

  it.each([
    ['a symbolic link', 'ln -s /etc/hosts k', /k is a symbolic link/],
    [
      'a file larger than anyone would write',
      'mkdir k; head -c 1100000 /dev/zero > k/a.yaml',
      /k\/a\.yaml is larger than/,
    ],
    [
      'more files than anyone would write',
      'mkdir k; for i in $(seq 210); do echo > k/$i.yaml; done; mkdir k/more',
      /more than 200 files/,
    ],
    [
      'folders in folders without end',
      'mkdir -p k; cd k; for i in $(seq 60); do mkdir d; cd d; done',
      /or 50 folders/,
    ],
    ['bytes that are no text', "mkdir k; printf '\\xff\\xfe\\x00\\x01' > k/a.yaml", /k\/a\.yaml/],
  ])('costs no attempt where there is %s', async (_what, script, message) => {
    const copy = await cluster.copy();
    if (copy === undefined) throw new Error('the cluster can’t be copied');
    const ran = await copy.runScript(script);
    expect(ran).toMatchObject({ kind: 'ended', exitCode: 0 });
    const { task } = labOf('manifests: { path: k, apiVersion: v1, kind: Service }');
    const { verdict, checks } = await gradeTask({
      task,
      cluster: copy.grading,
      answers: {},
      metEarlier: new Set(),
    });
    expect([verdict, checks[0]?.because]).toEqual(['not-gradable', expect.stringMatching(message)]);
  });

  const bomb = `a: &a [x, x]\nb: &b [${'*a, '.repeat(60)}]\nc: &c [${'*b, '.repeat(60)}]\nd: [${'*c, '.repeat(60)}]\n`;
  it.each([
    [
      'names a file that is not there',
      { 'k/kustomization.yaml': 'resources: [gone.yaml]' },
      /kustomization in k can't be built.*\/home\/learner\/k\/gone\.yaml: no such file/s,
    ],
    [
      'names a file that is no YAML',
      { 'k/kustomization.yaml': 'resources: [web.yaml]', 'k/web.yaml': 'kind: [' },
      /MalformedYAMLError.* in File: web\.yaml/s,
    ],
    ['is no YAML itself', { 'k/kustomization.yaml': 'resources: [' }, /invalid Kustomization: .*line 1/s],
    ['is empty', { 'k/kustomization.yaml': '' }, /kustomization\.yaml is empty/],
    [
      'has a field of another program',
      { 'k/kustomization.yaml': 'helmCharts: [{ name: redis }]' },
      /field helmCharts of \/home\/learner\/k\/kustomization\.yaml/,
    ],
    [
      'patches what is not there',
      {
        'k/kustomization.yaml': 'resources: [web.yaml]\npatches: [{ path: patch.yaml }]',
        'k/web.yaml': SERVICE,
        'k/patch.yaml': 'apiVersion: v1\nkind: Service\nmetadata: { name: other }\n',
      },
      /can't be built.*other/s,
    ],
    [
      'names a patch that is not there',
      {
        'k/kustomization.yaml': 'resources: [web.yaml]\npatches: [{ path: no.yaml }]',
        'k/web.yaml': SERVICE,
      },
      /\/home\/learner\/k\/no\.yaml: no such file/,
    ],
    [
      'reaches out of the home folder',
      { 'k/kustomization.yaml': 'resources: [../../../etc/passwd]' },
      /can't be built.*etc\/passwd/s,
    ],
    [
      'asks the internet',
      { 'k/kustomization.yaml': 'resources: ["https://example.com/base"]' },
      /no way out to the internet/,
    ],
    ['builds on itself', { 'k/kustomization.yaml': 'resources: [../k]' }, /can't be built/],
    [
      'is there twice',
      { 'k/kustomization.yaml': 'resources: []', 'k/kustomization.yml': 'resources: []' },
      /multiple kustomization files/,
    ],
    ['is a bomb of aliases', { 'k/kustomization.yaml': bomb }, /can't be built/],
    [
      'names a bomb of aliases',
      {
        'k/kustomization.yaml': 'resources: [a.yaml]',
        'k/a.yaml': `apiVersion: v1\nkind: ConfigMap\n${bomb}`,
      },
      /./,
    ],
    [
      'nests without end',
      { 'k/kustomization.yaml': 'resources: [a.yaml]', 'k/a.yaml': `a: ${'['.repeat(20_000)}` },
      /can't be built/,
    ],
    [
      'builds more than anyone would write',
      {
        'k/kustomization.yaml': 'resources: [a.yaml]',
        'k/a.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: big }\ndata: { text: ${'x'.repeat(70_000)} }\n`,
      },
      /more than 65536 characters/,
    ],
  ])('costs no attempt where a kustomization %s', async (_what, files, message) => {
    const { verdict, checks } = await graded('manifests: { path: k, apiVersion: v1, kind: Service }', files);
    expect([verdict, checks[0]?.because]).toEqual(['not-gradable', expect.stringMatching(message)]);
    expect(checks[0]?.because?.length).toBeLessThan(2_000);
  });
});
