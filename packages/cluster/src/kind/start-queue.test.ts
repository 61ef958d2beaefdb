import { describe, expect, it } from 'vitest';
import { ClusterError } from '../cluster-error.ts';
import { StartQueue } from './start-queue.ts';

class Room {
  free = 0;
  shortages = 0;
  hopeless: ClusterError | undefined;
  readonly places: string[] = [];
  readonly started: string[] = [];
  readonly queue = new StartQueue({
    admits: ({ bytes }) => {
      if (this.free < bytes) return false;
      this.free -= bytes;
      return true;
    },
    hopeless: () => this.hopeless,
    onShortage: () => {
      this.shortages++;
    },
  });

  enter(id: string, signal?: AbortSignal): Promise<void> {
    const entered = this.queue.enter({
      id,
      bytes: 1,
      signal,
      onPlace: (place, waiting) => this.places.push(`${id} ${place}/${waiting}`),
    });
    return entered.then(() => void this.started.push(id));
  }
}

describe('the queue of starts', () => {
  it('lets in whoever finds room, at once', async () => {
    const room = new Room();
    room.free = 1;
    await room.enter('a');
    expect(room.started).toEqual(['a']);
    expect(room.places).toEqual([]);
  });

  it('tells each their place, and lets them in in their order', async () => {
    const room = new Room();
    const waiting = ['a', 'b', 'c'].map((id) => room.enter(id));
    expect(room.places).toEqual(['a 1/1', 'a 1/2', 'b 2/2', 'a 1/3', 'b 2/3', 'c 3/3']);
    room.free = 2;
    room.queue.pump();
    await Promise.all(waiting.slice(0, 2));
    expect(room.started).toEqual(['a', 'b']);
    expect(room.places.at(-1)).toBe('c 1/1');
    room.free = 1;
    room.queue.pump();
    await waiting[2];
    expect(room.queue.length).toBe(0);
  });

  it('lets nobody overtake', async () => {
    const room = new Room();
    const first = room.enter('a');
    room.free = 1;
    const second = room.enter('b');
    expect(room.started).toEqual([]);
    room.queue.pump();
    await first;
    expect(room.started).toEqual(['a']);
    room.free = 1;
    room.queue.pump();
    await second;
  });

  it('is left by whoever withdraws, and the others move up', async () => {
    const room = new Room();
    const abort = new AbortController();
    const first = room.enter('a', abort.signal);
    const second = room.enter('b');
    abort.abort();
    await expect(first).rejects.toMatchObject({ kind: 'aborted' });
    expect(room.places.at(-1)).toBe('b 1/1');
    room.free = 1;
    room.queue.pump();
    await second;
  });

  it('refuses who was withdrawn before, and those beyond its bound', async () => {
    const room = new Room();
    await expect(room.enter('x', AbortSignal.abort())).rejects.toMatchObject({ kind: 'aborted' });
    for (let index = 0; index < 50; index++) room.enter(`w${index}`).catch(() => undefined);
    await expect(room.enter('late')).rejects.toMatchObject({ kind: 'full' });
    room.queue.close();
    expect(room.queue.length).toBe(0);
  });

  it('asks for what nobody uses while somebody waits, and lets nobody wait for nothing', async () => {
    const room = new Room();
    const waiting = room.enter('a');
    expect(room.shortages).toBe(1);
    room.hopeless = new ClusterError('full', 'No.', 'Do otherwise.');
    room.queue.pump();
    await expect(waiting).rejects.toMatchObject({ kind: 'full', message: 'No.' });
    await expect(room.enter('b')).rejects.toMatchObject({ kind: 'full' });
  });
});
