import { describe, expect, it } from 'vitest';
import { Names } from '../apply/names.ts';
import { generateWorld } from '../world/generate.ts';
import { probesOf, readProbes, scriptOf } from './probes.ts';
import type { Probe } from './probes.ts';

const names = new Names([], []);
const from = generateWorld(1, 0).pods[0];

function probe(fields: Partial<Probe>): Probe {
  if (from === undefined) throw new Error('A world has pods.');
  return {
    key: 'k',
    from,
    protocol: 'tcp',
    host: '10.0.0.1',
    port: '80',
    drawn: false,
    sticky: false,
    ...fields,
  };
}

describe('probes', () => {
  it('are each named once', () => {
    const probes = probesOf(generateWorld(1, 4));
    expect(new Set(probes.map(({ key }) => key)).size).toBe(probes.length);
  });

  it.each([true, false])('are tried as often as their style says (parallel: %s)', (parallel) => {
    const script = scriptOf(
      [probe({ drawn: true }), probe({ protocol: 'udp', port: '81' })],
      names,
      { patienceSeconds: 1, draws: 3 },
      parallel,
    );
    expect(script.match(/10\.0\.0\.1:80/g)).toHaveLength(3);
    expect(script.match(/10\.0\.0\.1 81/g)).toHaveLength(1);
  });

  it.each([
    ['one line a try', '0.0|0|web-1|10.9.9.9:4711|', ['open: web-1', 'seen as 10.9.9.9']],
    [
      'files of one curl',
      'w.0.0|0\nw.0.0=web-1\ns.0.0=[::ffff:10.9.9.9]:4711',
      ['open: web-1', 'seen as 10.9.9.9'],
    ],
    ['refused', '0.0|7||', ['refused']],
    ['timed out', 'w.0.0|28', ['timed out']],
    ['no such name', 'w.0.0|6', ['no such name']],
  ])('read %s', (_case, output, expected) => {
    expect(readProbes([probe({})], names, output).get('k')).toEqual(expected);
  });

  it('of a sticky Service say whether the same one answered always (SVC17)', () => {
    const sticky = [probe({ drawn: true, sticky: true })];
    const read = (output: string): unknown => readProbes(sticky, names, output).get('k');
    expect(read('0.0|0|a|1.1.1.1:1|\n0.1|0|a|1.1.1.1:2|')).toEqual(['always the same']);
    expect(read('0.0|0|a|1.1.1.1:1|\n0.1|0|b|1.1.1.1:2|')).toEqual(['not always the same']);
  });
});
