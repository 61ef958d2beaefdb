import { describe, expect, it } from 'vitest';
import { scriptParts } from './script-parts.ts';

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
  ])('%s', (_what, script, expected) => {
    expect(scriptParts(script).map(({ node, text }) => [node, text])).toEqual(expected);
  });
});
