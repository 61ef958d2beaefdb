import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { previewFront } from './front.ts';

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function listen(server: Server): Promise<number> {
  open.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Says its name and what it was asked; a socket is answered with its name, and closed. */
function named(name: string): Server {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        name,
        url: request.url,
        cookie: request.headers.cookie,
        preview: request.headers['x-podwire-preview'],
      }),
    );
  });
  server.on('upgrade', (request, socket) => {
    socket.end(
      `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n${name}`,
    );
    request.resume();
  });
  return server;
}

async function front(web?: number): Promise<string> {
  const server = previewFront({
    web: { port: web ?? (await listen(named('web'))) },
    orchestrator: { port: await listen(named('orchestrator')) },
    own: (request, response) => {
      if (request.url !== '/preview/state') return false;
      response.end('own');
      return true;
    },
  });
  return `http://127.0.0.1:${await listen(server)}`;
}

describe('the front of a preview', () => {
  it.each([
    ['/', { name: 'web', preview: '1' }],
    ['/learn/a/b?c=d', { name: 'web', preview: '1' }],
    ['/apis', { name: 'web', preview: '1' }],
    ['/api/me?full', { name: 'orchestrator', preview: undefined }],
    ['/socket.io/?EIO=4', { name: 'orchestrator', preview: undefined }],
  ])('sends %s on, and asks the site for pages that follow the files', async (path, expected) => {
    const answer = await fetch((await front()) + path, { headers: { cookie: 'a=b' } });
    expect(await answer.json()).toEqual(
      JSON.parse(JSON.stringify({ ...expected, url: path, cookie: 'a=b' })),
    );
  });

  it('answers what is its own', async () => {
    expect(await (await fetch(`${await front()}/preview/state`)).text()).toBe('own');
  });

  it('says to come back while the site is not there yet', async () => {
    const gone = createServer();
    const port = await listen(gone);
    gone.close();
    await once(gone, 'close');
    const answer = await fetch(await front(port));
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await answer.text()).toContain('The preview is starting');
  });

  it.each([
    ['/socket.io/', 'orchestrator'],
    ['/other', ''],
  ])('joins a socket at %s to "%s"', async (path, name) => {
    const socket = connect(Number(new URL(await front()).port), '127.0.0.1');
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n`);
    let text = '';
    socket.setEncoding('utf8').on('data', (data: string) => (text += data));
    await once(socket, 'close');
    expect(text.endsWith(name)).toBe(true);
    expect(text.includes(' 101 ')).toBe(name !== '');
  });
});
