import { describe, expect, it } from 'vitest';
import { runParts } from './script-parts.ts';

describe('where a script is typed', () => {
  it.each([
    [
      'in the toolbox, unless it says otherwise',
      'kubectl get pods\nls',
      [[undefined, 'kubectl get pods\nls']],
    ],
    [
      'on a node, and back again',
      'echo a\n# at: node/podwire-worker\nsystemctl stop kubelet\n# at: toolbox\nsleep 1',
      [
        [undefined, 'echo a'],
        ['podwire-worker', 'systemctl stop kubelet'],
        [undefined, 'sleep 1'],
      ],
    ],
    ['on a node from the start', '# at: node/n1\nls', [['n1', 'ls']]],
    ['a comment that says something else stays one', '# at: noon\nls', [[undefined, '# at: noon\nls']]],
    ['nowhere, when there is nothing to type', '\n', []],
  ])('%s', async (_what, script, expected) => {
    const typed: (string | undefined)[][] = [];
    const ran = await runParts(script, (text, node) => {
      typed.push([node, text]);
      return Promise.resolve({ kind: 'ended', exitCode: typed.length, output: `${typed.length};` });
    });
    expect(typed).toEqual(expected);
    expect(ran).toEqual({
      kind: 'ended',
      exitCode: expected.length,
      output: expected.map((_, at) => `${at + 1};`).join(''),
    });
  });

  it('goes no further than a part that hangs', async () => {
    const typed: string[] = [];
    const ran = await runParts('a\n# at: node/n1\nb\n# at: toolbox\nc', (text) => {
      typed.push(text);
      return Promise.resolve(
        text === 'b' ? { kind: 'hung', output: 'b' } : { kind: 'ended', exitCode: 0, output: text },
      );
    });
    expect(typed).toEqual(['a', 'b']);
    expect(ran).toEqual({ kind: 'hung', output: 'ab' });
  });
});
