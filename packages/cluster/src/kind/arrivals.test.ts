import { describe, expect, it } from 'vitest';
import { Arrivals, arrivalOf, passingOf, wayOf } from './arrivals.ts';
import type { Passing } from './arrivals.ts';

/** As the nodes told it: from the toolbox to a node port, and on to a pod of another node. */
const NODE_PORT = [
  'tcp 172.19.0.9 40000 172.19.0.2 30080 64 1234',
  'tcp 172.19.0.2 23456 10.244.1.7 8080 63 1234',
  'tcp 172.19.0.2 23456 10.244.1.7 8080 63 1234',
  'tcp 172.19.0.2 23456 10.244.1.7 8080 62 1234',
];
/** The kubelet looks after its pods meanwhile. */
const OTHERS = ['tcp 172.19.0.3 40000 10.244.1.7 8080 64 77', 'udp 10.244.1.3 40000 10.244.0.2 53 63 9'];

const passings = (...lines: readonly string[]): readonly Passing[] =>
  lines.map(passingOf).filter((each) => each !== undefined);

describe('the way of a connection through the nodes', () => {
  it('ends where the TTL is lowest, with the address that was on it there', () => {
    const way = wayOf(passings(...NODE_PORT, ...OTHERS), 'tcp', { address: '172.19.0.9', port: 40_000 });
    expect(way).toHaveLength(4);
    expect(arrivalOf(way)).toEqual({ source: '172.19.0.2', destination: '10.244.1.7', port: 8_080 });
  });

  it('is the same whichever node told first', () => {
    const way = wayOf(passings(...OTHERS, ...NODE_PORT.toReversed()), 'tcp', {
      address: '172.19.0.9',
      port: 40_000,
    });
    expect(arrivalOf(way)?.source).toBe('172.19.0.2');
  });

  it('belongs to the connection that was made last where a port is used again', () => {
    const way = wayOf(passings(...NODE_PORT, 'tcp 172.19.0.9 40000 10.244.1.8 8080 64 5678'), 'tcp', {
      address: '172.19.0.9',
      port: 40_000,
    });
    expect(arrivalOf(way)?.destination).toBe('10.244.1.8');
  });

  it('is found by its port where a node has rewritten its own address at once', () => {
    const way = wayOf(passings('tcp 10.244.0.1 50001 10.244.0.5 8080 64 3'), 'tcp', {
      address: '172.19.0.2',
      port: 50_001,
    });
    expect(arrivalOf(way)?.source).toBe('10.244.0.1');
  });

  it('is none where no interface was passed', () => {
    expect(wayOf(passings(...OTHERS), 'tcp', { address: '127.0.0.1', port: 1 })).toEqual([]);
    expect(arrivalOf([])).toBeUndefined();
    expect(passingOf('ready')).toBeUndefined();
  });
});

describe('following packets', () => {
  it('listens once for all probes, and again after it was closed', async () => {
    const followed: string[] = [];
    let stopped = 0;
    const arrivals = new Arrivals({
      follow: (id, _words, onLine) => {
        followed.push(id);
        for (const line of NODE_PORT) onLine(line);
        return Promise.resolve(() => {
          stopped++;
        });
      },
    });
    await arrivals.listen(() => Promise.resolve(['a', 'b']));
    await arrivals.listen(() => Promise.reject(new Error('asked twice')));
    expect(followed).toEqual(['a', 'b']);
    expect(await arrivals.of('tcp', { address: '172.19.0.9', port: 40_000 })).toMatchObject({
      destination: '10.244.1.7',
    });
    arrivals.close();
    await Promise.resolve();
    await Promise.resolve();
    expect(stopped).toBe(2);
    await arrivals.listen(() => Promise.resolve(['c']));
    expect(followed).toEqual(['a', 'b', 'c']);
  });
});
