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
  const CLIENT = { address: '172.19.0.9', port: 40_000 };

  it('listens once for all probes, and again after it was closed', async () => {
    const followed: string[] = [];
    let stopped = 0;
    const arrivals = new Arrivals({
      follow: (id, _words, onLine) => {
        followed.push(id);
        for (const line of NODE_PORT) onLine(line);
        return Promise.resolve({ stop: () => stopped++, say: (line) => onLine(`told ${line}`) });
      },
    });
    await arrivals.listen(() => Promise.resolve(['a', 'b']));
    await arrivals.listen(() => Promise.reject(new Error('asked twice')));
    expect(followed).toEqual(['a', 'b']);
    expect(await arrivals.of('tcp', CLIENT)).toMatchObject({ destination: '10.244.1.7' });
    arrivals.close();
    await Promise.resolve();
    await Promise.resolve();
    expect(stopped).toBe(2);
    expect(await arrivals.of('tcp', CLIENT)).toBeUndefined();
    await arrivals.listen(() => Promise.resolve(['c']));
    expect(followed).toEqual(['a', 'b', 'c']);
  });

  it('waits until each node has told all that it had seen, however late that is', async () => {
    const nodes = new Map<string, { readonly tell: (line: string) => void; asked: string }>();
    const arrivals = new Arrivals({
      follow: (id, _words, tell) => {
        const node = { tell, asked: '' };
        nodes.set(id, node);
        return Promise.resolve({ stop: () => undefined, say: (line) => (node.asked = line) });
      },
    });
    await arrivals.listen(() => Promise.resolve(['near', 'far']));
    const [near, far] = [nodes.get('near'), nodes.get('far')];
    near?.tell(NODE_PORT[0] ?? '');
    const arrival = arrivals.of('tcp', CLIENT);
    await Promise.resolve();
    near?.tell(`told ${near.asked}`);
    far?.tell(NODE_PORT[3] ?? '');
    far?.tell(`told ${far.asked}`);
    expect(await arrival).toMatchObject({ destination: '10.244.1.7' });
  });

  it('does not say half of it when a node can’t be asked any more', async () => {
    let end: () => void = () => undefined;
    const arrivals = new Arrivals({
      follow: (_id, _words, onLine, onEnd) => {
        end = onEnd;
        onLine(NODE_PORT[0] ?? '');
        return Promise.resolve({ stop: () => undefined, say: () => end() });
      },
    });
    await arrivals.listen(() => Promise.resolve(['near']));
    expect(await arrivals.of('tcp', CLIENT)).toBeUndefined();
  });
});
