import { publicLab } from '@podwire/lab';
import { beforeAll, describe, expect, it } from 'vitest';
import { Contest } from './contest.ts';
import { forgedLab, GUARD, MEND, WORD } from './lab.ts';
import { STRATEGIES } from './strategies.ts';

const lab = forgedLab();
const contest = new Contest(lab, { word: WORD });
beforeAll(() => contest.boot());

describe('an honest solution', () => {
  it('passes where it was made, and sealed', async () => {
    const cluster = await contest.learner(`${MEND}\n${GUARD}`);
    const graded = await contest.sealed(cluster);
    expect(graded.notes).toEqual([]);
    expect(graded.checks.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
    expect([await contest.inPlace(cluster), graded.verdict]).toEqual(['passed', 'passed']);
  });

  it('passes under other names, by other commands', async () => {
    const cluster = await contest.learner(
      `kubectl get service web -o yaml | sed 's/app: wrong/app: server/' | kubectl replace -f -\n${GUARD.replaceAll('guard', 'mine')}`,
    );
    expect((await contest.sealed(cluster)).verdict).toBe('passed');
  });

  it.each(['kube-apiserver', 'etcd'])(
    'costs no attempt while %s is stopped: nothing is taken for gone',
    async (part) => {
      const stop = `# at: node/podwire-control-plane\nmv /etc/kubernetes/manifests/${part}.yaml /etc/kubernetes/`;
      const { verdict, notes } = await contest.sealed(
        await contest.learner(`${MEND}\n${GUARD}\n${stop}\nsleep 5`),
      );
      expect(verdict).toBe('not-gradable');
      expect(notes.join('\n')).toMatch(
        /^What you made can’t be read: the API server of your cluster answers 5\d\d\.$/u,
      );
    },
  );

  it('half done does not', async () => {
    expect((await contest.sealed(await contest.learner(MEND))).verdict).toBe('failed');
    expect((await contest.sealed(await contest.learner(GUARD))).verdict).toBe('failed');
  });
});

describe('a forged pass', () => {
  it('there are at least thirty strategies, each of its own', () => {
    expect(new Set(STRATEGIES.map(({ name }) => name)).size).toBe(STRATEGIES.length);
    expect(STRATEGIES.length).toBeGreaterThanOrEqual(30);
  });

  it.each(STRATEGIES)('is not had sealed: $name', async ({ script, seen, fools }) => {
    const cluster = await contest.learner(script);
    const [command, output] = seen;
    const looked = await cluster.runScript(command);
    expect(looked.output).toMatch(output);
    if (fools === true) expect(await contest.inPlace(cluster)).toBe('passed');
    const { verdict } = await contest.sealed(cluster);
    expect(['failed', 'not-gradable']).toContain(verdict);
  });

  it('is not had by what the page or the API knows of the lab', async () => {
    const told = JSON.stringify(publicLab(lab));
    for (const secret of [WORD, 'app: server', 'guard', 'kubectl patch']) expect(told).not.toContain(secret);
    const cluster = await contest.learner(`${MEND}\n${GUARD}`);
    expect((await contest.sealed(cluster, { word: 'reach' })).verdict).toBe('failed');
  });
});
