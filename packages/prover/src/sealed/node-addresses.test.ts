import { describe, expect, it } from 'vitest';
import { nodeAddressesOf, withNodesOf } from './node-addresses.ts';
import type { SealedSubmission } from './submission.ts';

const then = new Map([
  ['a', ['172.31.0.3', 'fd00:1::3']],
  ['b', ['172.31.0.33']],
  ['gone', ['172.31.0.4']],
]);
const there = new Map([
  ['a', ['172.18.0.2', 'fc00::2']],
  ['b', ['172.31.0.3']],
]);

function withText(text: string): SealedSubmission {
  return {
    made: [
      {
        object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, spec: { list: [{ text }] } },
        collection: { apiVersion: 'v1', kind: 'ConfigMap', path: '', plural: '', namespaced: true },
        changed: false,
      },
    ],
    deleted: [],
    files: [{ path: 'x.yaml', text }],
  };
}

describe('addresses of nodes, where work is replayed', () => {
  it.each([
    ['172.31.0.3/32', '172.18.0.2/32'],
    ['172.31.0.33/32 and 172.31.0.3', '172.31.0.3/32 and 172.18.0.2'],
    ['http://172.31.0.3:8080/', 'http://172.18.0.2:8080/'],
    ['fd00:1::3/128', 'fc00::2/128'],
    // Others, which only look alike, and a node that is not there.
    ['172.31.0.30', '172.31.0.30'],
    ['1.172.31.0.3', '1.172.31.0.3'],
    ['172.31.0.3.1', '172.31.0.3.1'],
    ['fd00:1::3:4', 'fd00:1::3:4'],
    ['172.31.0.4', '172.31.0.4'],
    ['172.31.0.0/24', '172.31.0.0/24'],
  ])('%s', (text, translated) => {
    expect(withNodesOf(withText(text), then, there)).toEqual(withText(translated));
  });

  it('are read from the nodes, and from nothing that is no address', async () => {
    const nodes = [
      {
        metadata: { name: 'a' },
        status: {
          addresses: [
            { type: 'Hostname', address: 'a' },
            { type: 'InternalIP', address: '10.0.0.1' },
            { type: 'InternalIP', address: '.*' },
            { type: 'InternalIP', address: 7 },
          ],
        },
      },
      { metadata: { name: 'b' } },
      'no node',
    ];
    const read = (body: unknown) =>
      nodeAddressesOf({ request: () => Promise.resolve({ status: 200, body }) });
    expect(await read({ items: nodes })).toEqual(
      new Map([
        ['a', ['10.0.0.1']],
        ['b', []],
      ]),
    );
    expect(await read('nothing')).toEqual(new Map());
  });
});
