import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { answers } from './answers.ts';

describe('waiting for a program to listen', () => {
  it('ends when it does, and when nobody waits any longer', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await answers(port, new AbortController().signal)).toBe(true);
    server.close();
    await once(server, 'close');
    const over = new AbortController();
    const waiting = answers(port, over.signal);
    over.abort();
    expect(await waiting).toBe(false);
  });
});
