import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { inlineScriptHashes, policyFor } from './content-security-policy.ts';
import { createGateway } from './gateway.ts';

const open: Server[] = [];
async function listen(server: Server): Promise<number> {
  open.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
afterEach(async () => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

/** Answers with its own name, and with what it was told of the client. */
const named = (name: string): Server => {
  const server = createServer((request, response) =>
    response.end(
      JSON.stringify({ name, url: request.url, forwardedFor: request.headers['x-forwarded-for'] }),
    ),
  );
  server.on('upgrade', (_request, socket) =>
    socket.end(
      `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n${name}`,
    ),
  );
  return server;
};

const policies = {
  byPath: new Map([['/learn/a/b', "script-src 'self' 'sha256-page'"]]),
  fallback: "script-src 'self'",
};

async function gatewayWith(ports: { web: number; orchestrator: number }): Promise<string> {
  const gateway = createGateway({
    web: { port: ports.web },
    orchestrator: { port: ports.orchestrator },
    policies,
    trustForwarded: false,
  });
  return `http://127.0.0.1:${await listen(gateway)}`;
}

describe('the gateway', () => {
  it('never sends a request over a connection that the other side may be about to close', async () => {
    const used = new WeakSet<object>();
    const upstream = createServer((request, response) => {
      // What a client meets that writes into a connection whose idle time has just run out.
      if (used.has(request.socket)) request.socket.destroy();
      used.add(request.socket);
      response.end('ok');
    });
    const orchestrator = await listen(upstream);
    const origin = await gatewayWith({ web: orchestrator, orchestrator });
    const statuses: number[] = [];
    for (let count = 0; count < 3; count++)
      statuses.push((await fetch(`${origin}/api/auth/sign-out`, { method: 'POST' })).status);
    expect(statuses).toEqual([200, 200, 200]);
  });

  it.each([
    ['/', 'web'],
    ['/learn/a/b', 'web'],
    ['/apis', 'web'],
    ['/api/me', 'orchestrator'],
    ['/socket.io/?EIO=4', 'orchestrator'],
  ])('sends %s to the %s', async (path, name) => {
    const origin = await gatewayWith({
      web: await listen(named('web')),
      orchestrator: await listen(named('orchestrator')),
    });
    expect(await (await fetch(origin + path)).json()).toMatchObject({ name, url: path });
  });

  it('sets the security headers, and the policy of the page', async () => {
    const origin = await gatewayWith({
      web: await listen(named('web')),
      orchestrator: await listen(named('orchestrator')),
    });
    const page = await fetch(`${origin}/learn/a/b`);
    expect(page.headers.get('content-security-policy')).toContain('sha256-page');
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    expect((await fetch(`${origin}/nowhere`)).headers.get('content-security-policy')).toBe(policies.fallback);
  });

  it('believes no forwarded address that a client made up', async () => {
    const origin = await gatewayWith({
      web: await listen(named('web')),
      orchestrator: await listen(named('orchestrator')),
    });
    const answer = (await (
      await fetch(`${origin}/api/me`, { headers: { 'x-forwarded-for': '6.6.6.6' } })
    ).json()) as { forwardedFor: string };
    expect(answer.forwardedFor).not.toContain('6.6.6.6');
  });

  it('says so when the orchestrator is away, and goes on when it is back', async () => {
    const gone = createServer();
    const port = await listen(gone);
    gone.close();
    await once(gone, 'close');
    open.splice(open.indexOf(gone), 1);
    const origin = await gatewayWith({ web: await listen(named('web')), orchestrator: port });
    const answer = await fetch(`${origin}/api/me`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ error: { code: 'restarting' } });
    const back = named('orchestrator');
    open.push(back);
    back.listen(port, '127.0.0.1');
    await once(back, 'listening');
    expect((await fetch(`${origin}/api/me`)).status).toBe(200);
  });

  it.each([
    ['/socket.io/', '101', 'orchestrator'],
    ['/other', '404', ''],
  ])('upgrades %s with %s', async (path, status, name) => {
    const origin = new URL(
      await gatewayWith({
        web: await listen(named('web')),
        orchestrator: await listen(named('orchestrator')),
      }),
    );
    const socket = connect(Number(origin.port), '127.0.0.1');
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n`);
    let text = '';
    socket.setEncoding('utf8').on('data', (data: string) => (text += data));
    await once(socket, 'close');
    expect(text).toContain(` ${status} `);
    expect(text).toContain(name);
  });
});

describe('the content security policy', () => {
  it('allows the inline scripts of a page by their hashes, and no others', () => {
    expect(
      inlineScriptHashes(
        '<script src="/a.js"></script><script>1</script><script id="x">1</script><script async src="/b.js"></script>',
      ),
    ).toEqual(["'sha256-a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s='"]);
  });

  it('is that of the page, with or without a trailing slash', () => {
    expect(policyFor(policies, '/learn/a/b/')).toContain('sha256-page');
  });
});
