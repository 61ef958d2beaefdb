import type { Question, Task } from '@podwire/lab';
import { describe, expect, it } from 'vitest';
import { scriptMutants } from './script.ts';

const question = (id: string, kind: Question['kind'], options: readonly string[] = []): Question => ({
  id,
  kind,
  prompt: [],
  options: options.map((option) => ({ id: option, body: [] })),
});
const task: Task = {
  id: 't',
  title: 'T',
  body: [],
  hints: [],
  needs: [],
  checks: [],
  questions: [
    question('one', 'single', ['a', 'b', 'c']),
    question('some', 'multiple', ['a', 'b', 'c']),
    question('word', 'text'),
    question('row', 'order', ['a', 'b']),
  ],
};
const NODES = ['podwire-control-plane', 'podwire-worker'];
const mutants = (script: string): readonly { id: string; script: string; answersOnly: boolean }[] =>
  scriptMutants(script, task, NODES);
const ids = (script: string): readonly string[] => mutants(script).map(({ id }) => id);

describe('mutants of a script', () => {
  it('leave out each command that changes something, and none that only looks', () => {
    const script = `# a remark\nkubectl get pods\nkubectl -n x wait pod/a --for=condition=Ready\nkubectl label pod a b=c\nsleep 5\nrm -f x\n`;
    expect(mutants(script).map(({ script: text }) => text)).toEqual([
      script.replace('kubectl label pod a b=c\n', ''),
      script.replace('rm -f x\n', ''),
    ]);
  });

  it('leave out a command with all its lines', () => {
    const conf = `# at: node/podwire-worker\ncat > /etc/x <<'JSON'\n{ "subnet": "10.244.1.0/24",\n  "open": "it's" }\nJSON\n# at: toolbox\n`;
    expect(mutants(conf).find(({ id }) => id === 'drop-command/1')?.script).toBe(
      '# at: node/podwire-worker\n# at: toolbox\n',
    );
    const patch = `kubectl patch service web -p '{\n"spec": {}\n}'\nrm x`;
    expect(mutants(patch)[0]?.script).toBe('rm x');
    expect(ids('kubectl scale deployment web \\\n  --replicas=3\n')).toEqual([
      'drop-command/1',
      'change-number/1',
    ]);
  });

  it('change ranges, numbers of flags, and the node', () => {
    const script = '# at: node/podwire-worker\nip route add 10.244.2.0/24 via 10.244.2.0\n';
    expect(ids(script)).toEqual(['drop-command/1', 'change-range/1', 'change-place/1']);
    const [, range, place] = mutants(script);
    expect(range?.script).toContain('ip route add 10.244.9.0/24 via 10.244.2.0');
    expect(place?.script).toContain('# at: node/podwire-control-plane\nip route');
    expect(ids('# at: node/podwire-worker\nip route\n')).toEqual([]);
  });

  it('leave objects that are applied to the mutants of objects', () => {
    expect(ids("kubectl apply -f - <<'YAML'\nkind: X\nYAML\n")).toEqual([]);
  });

  it('answer as somebody who does not know', () => {
    const script =
      '# answer: one = b\n# answer: some = a, b\n# answer: word = cni0\n# answer: row = a, b\n# answer: other = x\n';
    const found = mutants(script).map(({ id, script: text }) => [
      id,
      text.split('\n').find((line, at) => line !== script.split('\n')[at]),
    ]);
    expect(found).toEqual([
      ['change-answer/one', '# answer: one = a'],
      ['change-answer/one/2', '# answer: one = c'],
      ['change-answer/some', '# answer: some = b'],
      ['change-answer/some/2', '# answer: some = a, b, c'],
      ['change-answer/word', '# answer: word = no-such-word'],
      ['change-answer/row', '# answer: row = b'],
      ['change-answer/row/2', '# answer: row = b, a'],
    ]);
    expect(mutants(script).every(({ answersOnly }) => answersOnly)).toBe(true);
  });

  it('come to an end whatever the script', () => {
    for (const script of ['cat <<X\nno end', "echo 'open", 'for i in 1 2; do\necho $i > x', 'a \\'])
      expect(mutants(script).length).toBeLessThan(5);
  });
});
