import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Holdings } from './holdings.ts';

describe('what sessions hold', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'podwire-holdings-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('is in the pool or held by one session, and known to a later process', async () => {
    const holdings = new Holdings(directory);
    expect(await holdings.memberOf('s1')).toBe('s1');
    await holdings.markWarm('w1', { key: 'k', nodes: 2 });
    expect(await new Holdings(directory).warm()).toEqual(new Map([['w1', { key: 'k', nodes: 2 }]]));
    await holdings.take('s1', 'w1');
    const later = new Holdings(directory);
    expect(await later.warm()).toEqual(new Map());
    expect(await later.memberOf('s1')).toBe('w1');
    await expect(later.take('s2', 'w1')).rejects.toThrow(/ENOENT/);
    await later.forget('w1');
    expect(await later.held()).toEqual(new Map());
  });
});
