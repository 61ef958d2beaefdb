import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { folderOf, SMALL_COURSE } from './course.ts';
import { podwire } from './podwire.ts';

const SERVICE = `apiVersion: v1
kind: Service
metadata: { name: door }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
`;
const BOMB = `a: &a [x, x]\nb: &b [${'*a, '.repeat(60)}]\nc: [${'*b, '.repeat(60)}]\n`;

interface Graded {
  readonly submission: string;
  readonly verdict: string;
  readonly score: number;
  readonly message?: string;
}

function results(text: string): ReadonlyMap<string, Graded> {
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(
    lines.map((line) => JSON.parse(line) as Graded).map((graded) => [graded.submission, graded]),
  );
}

describe('podwire grade', () => {
  const course = folderOf(SMALL_COURSE);
  const submissions = folderOf({
    'ann/service.yaml': SERVICE,
    'bob.yaml': SERVICE.replace('8080', '81'),
    'cy/broken.yaml': 'kind: [',
    'di/bomb.yaml': BOMB,
    'ed/refused.yaml': SERVICE.replace('port: 80,', 'port: 99999,'),
    'flo/binary.yaml': 'kind: \u0000',
    'gus/notes.txt': 'I did it.',
    'hal/archive.zip': 'PK',
    'kay/base/kustomization.yaml': 'resources: [service.yaml]\n',
    'kay/base/service.yaml': SERVICE.replace('name: door', 'name: base').replace('8080', '81'),
    'kay/overlay/kustomization.yaml':
      'resources: [../base]\npatches:\n  - target: { kind: Service }\n    path: port.yaml\n',
    'kay/overlay/port.yaml':
      '- { op: replace, path: /spec/ports/0/targetPort, value: 8080 }\n- { op: replace, path: /metadata/name, value: door }\n',
    'lee/kustomization.yaml': 'namePrefix: x-\nresources: [service.yaml]\n',
    'lee/service.yaml': SERVICE,
    'mia/kustomization.yaml': 'resources: [service.yaml, gone.yaml]\n',
    'mia/service.yaml': SERVICE,
    // Would end a here-document that trusts it.
    'ivy/inject.yaml': `${SERVICE}# END_OF_MANIFEST_0\nEND_OF_MANIFEST_0: true\n`,
  });
  mkdirSync(path.join(submissions, 'joe'));
  symlinkSync('/etc/passwd', path.join(submissions, 'joe/answers.yaml'));
  const grade = (...more: readonly string[]) =>
    podwire(['grade', submissions, '--lab', 'front', '--course', course, ...more]);

  it('gives each submission its verdict, and no bad one stops the rest', async () => {
    const { code, stdout, stderr } = await grade();
    const found = results(stdout);
    expect(Object.fromEntries([...found].map(([id, { verdict }]) => [id, verdict]))).toEqual({
      ann: 'passed',
      'bob.yaml': 'failed',
      cy: 'not-gradable',
      di: 'not-gradable',
      ed: 'failed',
      flo: 'not-gradable',
      gus: 'not-gradable',
      hal: 'not-gradable',
      ivy: 'failed',
      joe: 'not-gradable',
      kay: 'passed',
      lee: 'failed',
      mia: 'not-gradable',
    });
    expect(found.get('ann')?.score).toBe(1);
    expect(found.get('ed')?.message).toContain('Invalid value: 99999');
    expect(found.get('joe')?.message).toContain('symbolic link');
    expect(found.get('hal')?.message).toContain('unpack');
    expect(found.get('mia')?.message).toMatch(/kustomization in the top folder can't be built.*gone\.yaml/s);
    expect(stderr).toContain('13 submissions (13 graded now');
    expect(code).toBe(0);
  });

  it('goes on where it stopped, and grades again what has changed', async () => {
    const out = path.join(folderOf({}), 'results.jsonl');
    await grade('--out', out);
    const [first = '', ...rest] = readFileSync(out, 'utf8').trimEnd().split('\n');
    // As a run that was killed in the middle of a line leaves it.
    writeFileSync(out, `${rest.join('\n')}\n${first.slice(0, 40)}`);
    const { stderr } = await grade('--out', out, '--csv', `${out}.csv`, '--junit', `${out}.xml`);
    expect(stderr).toContain('13 submissions (1 graded now');
    expect(readFileSync(`${out}.csv`, 'utf8')).toContain('bob.yaml,front,failed,0.0000,expose/answers,');
    const junit = readFileSync(`${out}.xml`, 'utf8');
    expect(junit).toContain('<testsuite name="ann" tests="1" failures="0" errors="0"');
    expect(junit).toContain(
      '<testcase classname="front.expose" name="answers"><failure message="expected GET',
    );
  });

  it('takes archives, carries along only what is asked for, and can grade again from its evidence', async () => {
    const place = folderOf({});
    const archive = path.join(place, 'class.zip');
    const liar =
      'apiVersion: v1\nkind: Pod\nmetadata: { name: liar }\nspec: { containers: [{ name: c, image: nginx }] }\n';
    writeFileSync(
      archive,
      zipSync({
        'ann/service.yaml': strToU8(SERVICE),
        'kim.zip': zipSync({ 'all.yaml': strToU8(`${SERVICE}---\n${liar}`) }),
      }),
    );
    const evidence = path.join(place, 'evidence');
    const run = (...more: readonly string[]) =>
      podwire(['grade', ...more, '--lab', 'front', '--course', course]);
    const { stdout } = await run(archive, '--evidence', evidence);
    const found = results(stdout);
    expect(found.get('ann')?.verdict).toBe('passed');
    expect(found.get('kim.zip')).toMatchObject({ verdict: 'passed', sealed: true });
    expect(found.get('kim.zip')?.message).toContain('Not taken along: Pod default/liar (not asked for).');
    const file = path.join(evidence, 'ann.evidence.json');
    expect(await run('--replay', file)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"replay":"same"') as string,
    });
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('"verdict":"passed"', '"verdict":"failed"'));
    expect(await run('--replay', file)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('different') as string,
    });
  });

  it('is not had by lists, other namespaces, paths in names, or what a kind that is asked for can do besides', async () => {
    const liar =
      '{ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "liar", "labels": { "app": "liar" } }, "spec": { "hostname": "web", "containers": [{ "name": "c", "image": "registry.k8s.io/e2e-test-images/agnhost:2.53", "args": ["netexec", "--http-port=8080"] }] } }';
    const toLiar = SERVICE.replace('app: web', 'app: liar');
    const forged = folderOf({
      'honest.yaml': SERVICE,
      'externalname.yaml': SERVICE.replace(/spec: .*/, 'spec: { type: ExternalName, externalName: web }'),
      'externalips.yaml': SERVICE.replace('spec: {', 'spec: { externalIPs: [10.0.0.1],'),
      'list.yaml': `${toLiar}---\n{ "apiVersion": "v1", "kind": "List", "items": [${liar}] }\n`,
      'nested.yaml': `${toLiar}---\n{ "apiVersion": "v1", "kind": "List", "items": [{ "apiVersion": "v1", "kind": "List", "items": [${liar}] }] }\n`,
      'replaced.yaml': `${toLiar}---\n${liar.replace('"liar"', '"web"')}\n`,
      'elsewhere.yaml': SERVICE.replace('name: door', 'name: door, namespace: kube-system'),
      'path.yaml': SERVICE.replace('name: door', 'name: "door/../../pods/web"'),
      'slice.yaml': `${SERVICE.replace('selector: { app: web }, ', '')}---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: { name: x, labels: { kubernetes.io/service-name: door } }\naddressType: IPv4\nports: [{ port: 8080 }]\nendpoints: [{ addresses: [10.244.1.3] }]\n`,
    });
    const { stdout } = await podwire(['grade', forged, '--lab', 'front', '--course', course]);
    const found = [...results(stdout)];
    expect(found.filter(([, { verdict }]) => verdict === 'passed').map(([id]) => id)).toEqual([
      'honest.yaml',
    ]);
    expect(found.length).toBe(9);
    expect(results(stdout).get('externalips.yaml')?.message).toBe(
      'Not taken along: Service default/door (it uses externalIPs, which nothing here asks for).',
    );
  });

  it('says what it does not know', async () => {
    expect((await podwire(['grade', submissions, '--lab', 'x', '--course', course])).stderr).toContain(
      'no such lab: x',
    );
    expect((await podwire(['grade', '/nowhere', '--lab', 'front', '--course', course])).code).toBe(2);
  });

  it.each(['out', 'csv', 'junit', 'evidence'])(
    'says before it grades that --%s can’t be written',
    async (option) => {
      const taken = path.join(folderOf({ taken: '' }), 'taken', 'x');
      const { code, stdout, stderr } = await grade(`--${option}`, taken);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(`podwire grade: --${option} ${taken} can't be `);
    },
  );

  it('grades nothing by a lab with mistakes: a check that can’t be read would be one that all pass', async () => {
    const lab = 'one/front/lab.md';
    const broken = folderOf({ ...SMALL_COURSE, [lab]: (SMALL_COURSE[lab] ?? '').replace('url:', 'urll:') });
    const { code, stdout, stderr } = await podwire([
      'grade',
      submissions,
      '--lab',
      'front',
      '--course',
      broken,
    ]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('PW0301');
    expect(stderr).toContain('the lab front has mistakes');
  });
});

describe('podwire new', () => {
  it('makes a lab that is proven as it stands, and overwrites nothing', async () => {
    const folder = path.join(folderOf({}), 'net');
    expect(JSON.parse((await podwire(['new', 'course', folder, '--json'])).stdout)).toMatchObject({
      folder,
      files: [path.join(folder, 'course.yaml')],
    });
    const made = await podwire(['new', 'lab', 'one/first', '--course', folder, '--json']);
    expect(JSON.parse(made.stdout)).toMatchObject({ next: `podwire test first --course ${folder}` });
    expect(
      (await podwire(['new', 'lab', 'one/second', '--course', folder, '--title', 'It: "two"'])).code,
    ).toBe(0);
    expect((await podwire(['new', 'lab', 'one/first', '--course', folder])).stderr).toContain(
      'is there already',
    );
    expect((await podwire(['lint', folder, '--max-warnings', '0'])).stdout).toContain(
      '2 labs: 0 errors, 0 warnings.',
    );
    const { code, stdout } = await podwire(['test', 'second', '--course', folder, '--min-score', '90']);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining('proven  second  1 task, 3 wrong cases') as string,
    });
  });

  it.skipIf(process.platform !== 'linux')('ends where no folder can be made', async () => {
    expect(await podwire(['new', 'course', '/proc/nope'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("can't be written") as string,
    });
  });

  it('refuses names that no folder should have', async () => {
    expect((await podwire(['new', 'lab', '../etc/x', '--course', folderOf(SMALL_COURSE)])).code).toBe(2);
  });
});

describe('podwire explain', () => {
  it('says a policy in words and as a matrix', async () => {
    const pod = (name: string): string =>
      `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name}, labels: { app: ${name} } }\nspec: { containers: [{ name: c, image: nginx }] }\n---\n`;
    const policy =
      'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: db }\nspec:\n  podSelector: { matchLabels: { app: db } }\n  ingress: [{ from: [{ podSelector: { matchLabels: { app: web } } }], ports: [{ port: 6379 }] }]\n';
    const folder = folderOf({ 'a.yaml': `${pod('db')}${pod('web')}${pod('other')}${policy}` });
    const { code, stdout } = await podwire(['explain', '-f', folder]);
    expect(code).toBe(0);
    expect(stdout).toContain(
      'ingress: pods with app=web in namespace default may reach them on TCP 6379.  [spec.ingress[0].from[0]]',
    );
    const { matrix } = JSON.parse((await podwire(['explain', '-f', folder, '--json'])).stdout) as {
      matrix: { from: string; to: string; allowed: boolean }[];
    };
    const toDb = matrix.filter(({ to }) => to === 'default/db').map(({ from, allowed }) => [from, allowed]);
    // NP26: a pod can't be cut off from itself.
    expect(toDb).toEqual([
      ['default/db', true],
      ['default/other', false],
      ['default/web', true],
    ]);
  });
});

describe('podwire doctor', () => {
  it('says that simulated clusters run here', async () => {
    const { code, stdout } = await podwire(['doctor', '--json']);
    expect(code).toBe(0);
    const said = JSON.parse(stdout) as {
      readonly kind: boolean;
      readonly forKind: readonly { readonly what: string }[];
    };
    expect(said).toMatchObject({ simulated: true });
    // What kind clusters need is told on machines without Docker too.
    expect(said.forKind.map(({ what }) => what)).toEqual(expect.arrayContaining(['Docker', 'kind']));
  });
});

describe('podwire', () => {
  it('has help with examples for each command', async () => {
    const { stdout } = await podwire(['--help']);
    for (const name of ['up', 'test', 'lint', 'trace', 'explain', 'grade', 'new', 'doctor'])
      expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    expect((await podwire(['trace', '--help'])).stdout).toContain('$ podwire trace -f manifests/');
  });

  it.each([
    [[]],
    [['no-such-command']],
    [['trace']],
    [['trace', '-f', 'no-such-folder', '--from', 'pod/a', '--to', 'pod/b:80']],
    [['explain', '-f', 'no-such-folder']],
    [['lint', 'no-such-folder']],
    [['lint', '--max-warnings', 'many']],
    [['test', '--course', 'no-such-folder']],
    [['grade', '--lab', 'none', '--course', 'no-such-folder']],
    [['preview', 'no-such-folder']],
    [['preview', '--port', '70000']],
    [['new']],
    [['new', 'lab', 'noslash']],
    [['new', 'course']],
    [['up', '--kubeconfig', '/no/such/folder/kubeconfig']],
    [['up', '--nodes', 'many', '--kubeconfig', 'kubeconfig']],
    [['completion', 'csh']],
    [['doctor', '--no-such-option']],
  ])(
    'tells wrong use by its exit code and one plain message: %j',
    async (args) => {
      const { code, stdout, stderr } = await podwire(args, { cwd: folderOf({}) });
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr.trim()).not.toBe('');
      // No stack, no colours.
      expect(stderr).not.toContain('\u001b[');
      expect(stderr).not.toMatch(/\n {4}at /);
    },
    60_000,
  );

  it('every command says how it ends and gives an example', async () => {
    for (const command of [
      ['up'],
      ['test'],
      ['lint'],
      ['preview'],
      ['trace'],
      ['explain'],
      ['grade'],
      ['new', 'course'],
      ['new', 'lab'],
    ]) {
      const { code, stdout } = await podwire([...command, '--help']);
      expect({ command, code }).toEqual({ command, code: 0 });
      expect(stdout).toMatch(/Exit codes: 0/);
      expect(stdout).toContain(`$ podwire ${command.join(' ')}`);
    }
  }, 120_000);
});
