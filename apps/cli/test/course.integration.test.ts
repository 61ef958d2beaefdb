import { describe, expect, it } from 'vitest';
import { folderOf, SMALL_COURSE } from './course.ts';
import { podwire } from './podwire.ts';

interface Linted {
  readonly errors: number;
  readonly diagnostics: readonly { readonly code: string; readonly file: string; readonly line: number }[];
}

const LAB = 'one/front/lab.md';
const text = (name: string): string => SMALL_COURSE[name] ?? '';

describe('podwire lint', () => {
  it('finds nothing in a course that is right', async () => {
    const { code, stdout } = await podwire(['lint', folderOf(SMALL_COURSE)]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '0 lessons, 1 lab: 0 errors, 0 warnings.\n' });
  });

  it('names file, line, code and remedy, and fails', async () => {
    const folder = folderOf({ ...SMALL_COURSE, [LAB]: text(LAB).replace('minutes: 5', 'minutes: soon') });
    const { code, stdout } = await podwire(['lint'], { cwd: folder });
    expect(code).toBe(1);
    expect(stdout).toContain(`${LAB}:5:1 error PW0104 minutes:`);
    expect(stdout).toContain('1 error,');
  });

  it('PW0403: makes each lab’s cluster, and says why it can’t', async () => {
    const asked = (ranges: string): Record<string, string> => ({
      ...SMALL_COURSE,
      [LAB]: text(LAB).replace(
        'minutes: 5',
        `minutes: 5\ncluster:\n  ipFamily: dual\n  podCidrs: [${ranges}]`,
      ),
    });
    const fine = await podwire(['lint', folderOf(asked('10.8.0.0/16, "fd00:8::/48"'))]);
    expect(fine).toMatchObject({ code: 0 });
    const { code, stdout } = await podwire(['lint', folderOf(asked('10.8.0.0/16'))]);
    expect(code).toBe(1);
    expect(stdout).toContain(`${LAB}:8:1 error PW0403 cluster.podCidrs "10.8.0.0/16" does not fit`);
  });

  it('PW0402: hands manifests to the API, and says what it says', async () => {
    const setup = 'one/front/setup/web.yaml';
    const folder = folderOf({
      ...SMALL_COURSE,
      [setup]: `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: fine }\n---\n${text(setup).replace('containers:', 'containerz:')}`,
    });
    const { code, stdout } = await podwire(['lint', folder, '--json']);
    expect(code).toBe(1);
    const { errors, diagnostics } = JSON.parse(stdout) as Linted;
    expect(errors).toBe(1);
    expect(diagnostics[0]).toMatchObject({ code: 'PW0402', file: setup, line: 11 });
    expect(JSON.stringify(diagnostics[0])).toContain('unknown field');
  });

  it('counts warnings when it is told to', async () => {
    const folder = folderOf({ ...SMALL_COURSE, 'one/front/setups/x.yaml': 'a: b' });
    expect((await podwire(['lint', folder])).code).toBe(0);
    expect((await podwire(['lint', folder, '--max-warnings', '0'])).code).toBe(1);
  });

  it('says when there is no course', async () => {
    const { code, stderr } = await podwire(['lint', '/nowhere/at/all']);
    expect(code).toBe(2);
    expect(stderr).toContain('there is no such folder');
  });
});

describe('podwire test', () => {
  it('proves a lab that works', async () => {
    const { code, stdout } = await podwire(['test', '--course', folderOf(SMALL_COURSE), '--min-score', '90']);
    expect(stdout).toContain('proven  front  1 task, 1 wrong case');
    expect(stdout).toMatch(/\d+ of \d+ mutants caught \(100 %\).* s, \d+ MiB/);
    expect(code).toBe(0);
  });

  it('says which check a solution does not pass, and which mutants nobody notices', async () => {
    const folder = folderOf({
      ...SMALL_COURSE,
      'one/front/solution/expose.sh': 'kubectl expose pod web --name door --port 80 --target-port 81\n',
    });
    const { code, stdout } = await podwire(['test', 'front', '--json', '--course', folder]);
    expect(code).toBe(1);
    const { labs } = JSON.parse(stdout) as {
      labs: { ok: boolean; findings: { code: string; file: string }[] }[];
    };
    expect(labs[0]).toMatchObject({ ok: false, findings: [{ code: 'PW0604', file: 'solution/expose.sh' }] });
  });

  it('fails below the score asked for', async () => {
    const folder = folderOf({
      ...SMALL_COURSE,
      [LAB]: text(LAB).replace(
        "http: { from: pod/default/web, url: 'http://door/hostname', bodyContains: web }",
        'object: { apiVersion: v1, kind: Service, namespace: default, name: door }',
      ),
      'one/front/wrong/port.sh': '# fails: expose/answers\ntrue\n',
    });
    const { code, stdout } = await podwire(['test', '--course', folder, '--min-score', '90']);
    expect(stdout).toContain('PW0606');
    expect(stdout).toContain('The mutation score is below 90 %.');
    expect(code).toBe(1);
  });

  it('knows its labs', async () => {
    const { code, stderr } = await podwire(['test', 'nope', '--course', folderOf(SMALL_COURSE)]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'podwire test: no such lab: nope. The labs are: front.\n',
    });
  });
});
