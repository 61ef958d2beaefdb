import { utf8Decode, utf8Encode } from '@podwire/sim';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { testRandom } from '../random.test-support.ts';
import { issue, newAuthority } from '../x509/authority.ts';
import { ALERT } from './alert.ts';
import {
  acceptPeer,
  closeSession,
  feed,
  newClientSession,
  newServerSession,
  rejectPeer,
  say,
  takeOutput,
  takeText,
} from './session.ts';
import type { ChooseChain, TlsSession } from './session.ts';

const authority = newAuthority({ commonName: 'ca', nowMs: 0, random: testRandom(1) });
const { certificate } = issue(authority, {
  commonName: 'web',
  use: { kind: 'server', hosts: ['web.example'] },
  nowMs: 0,
  random: testRandom(2),
});
const show: ChooseChain = () => [certificate.der];

function connect(
  options: { serverName?: string; client?: string[]; server?: string[]; choose?: ChooseChain } = {},
): { client: TlsSession; server: TlsSession } {
  const client = newClientSession({
    random: testRandom(3),
    protocols: options.client ?? [],
    ...(options.serverName === undefined ? {} : { serverName: options.serverName }),
  });
  const server = newServerSession({ random: testRandom(4), protocols: options.server ?? [] });
  feed(server, takeOutput(client), options.choose ?? show);
  feed(client, takeOutput(server));
  return { client, server };
}

function opened(): { client: TlsSession; server: TlsSession } {
  const both = connect({ serverName: 'web.example' });
  acceptPeer(both.client);
  feed(both.server, takeOutput(both.client), show);
  return both;
}

describe('TLS1: a session', () => {
  test('carries the name, the protocol and the chain, then text both ways', () => {
    const { client, server } = connect({
      serverName: 'web.example',
      client: ['h2', 'http/1.1'],
      server: ['http/1.1'],
    });
    expect([client.phase, client.alpn, client.chain]).toEqual(['judging', 'http/1.1', [certificate.der]]);
    expect([server.serverName, server.alpn]).toEqual(['web.example', 'http/1.1']);
    acceptPeer(client);
    say(client, utf8Encode('GET / HTTP/1.1'));
    const wire = takeOutput(client);
    expect(utf8Decode(wire)).not.toContain('GET');
    feed(server, wire, show);
    expect(utf8Decode(takeText(server))).toBe('GET / HTTP/1.1');
    say(server, utf8Encode('x'.repeat(40_000)));
    feed(client, takeOutput(server));
    expect(takeText(client).length).toBe(40_000);
    closeSession(client);
    feed(server, takeOutput(client), show);
    expect(server.phase).toBe('closed');
  });

  test('survives any cut of its bytes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), (size) => {
        const client = newClientSession({ random: testRandom(3) });
        const server = newServerSession({ random: testRandom(4) });
        const carry = (from: TlsSession, to: TlsSession): void => {
          const bytes = takeOutput(from);
          for (let at = 0; at < bytes.length; at += size) feed(to, bytes.subarray(at, at + size), show);
        };
        carry(client, server);
        carry(server, client);
        acceptPeer(client);
        say(client, utf8Encode('hello'));
        carry(client, server);
        expect(utf8Decode(takeText(server))).toBe('hello');
      }),
    );
  });

  test('a name of ASCII stands readable in the ClientHello, as SNI does', () => {
    expect(
      utf8Decode(takeOutput(newClientSession({ serverName: 'web.example', random: testRandom(5) }))),
    ).toContain('web.example');
  });
});

describe('TLS1: alerts', () => {
  test('a client that does not trust says why', () => {
    const { client, server } = connect();
    rejectPeer(client, ALERT.unknownAuthority);
    feed(server, takeOutput(client), show);
    expect(server.failure).toEqual({ kind: 'alert-received', alert: ALERT.unknownAuthority });
    expect(client.phase).toBe('failed');
  });

  test('no protocol in common, no certificate for the name', () => {
    expect(connect({ client: ['h2'], server: ['http/1.1'] }).client.failure).toEqual({
      kind: 'alert-received',
      alert: ALERT.noApplicationProtocol,
    });
    const { client } = connect({ choose: () => ALERT.unrecognizedName });
    expect(client.failure).toEqual({ kind: 'alert-received', alert: ALERT.unrecognizedName });
  });

  test('a record that was changed on its way is refused', () => {
    const { client, server } = opened();
    say(client, utf8Encode('hello'));
    const wire = takeOutput(client);
    wire[8] = (wire[8] ?? 0) ^ 1;
    feed(server, wire, show);
    expect(server.failure).toEqual({ kind: 'alert-sent', alert: ALERT.badRecordMac });
  });

  test('plain text is told apart, on both sides', () => {
    const server = newServerSession({ random: testRandom(4) });
    feed(server, utf8Encode('GET / HTTP/1.1\r\n'), show);
    expect(server.failure).toMatchObject({ kind: 'not-tls' });
    const client = newClientSession({ random: testRandom(3) });
    feed(client, utf8Encode('HTTP/1.1 400 Bad Request\r\n'));
    expect(client.failure).toMatchObject({ kind: 'not-tls' });
  });
});

describe('hostile bytes', () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc
      .tuple(fc.constantFrom(20, 21, 22, 23), fc.uint8Array({ maxLength: 300 }))
      .map(([type, body]) => Uint8Array.of(type, 3, 3, body.length >> 8, body.length & 0xff, ...body)),
    fc
      .tuple(fc.constantFrom(1, 2, 8, 11, 15, 20), fc.uint8Array({ maxLength: 200 }))
      .map(([type, body]) => Uint8Array.of(22, 3, 3, 0, body.length + 4, type, 0, 0, body.length, ...body)),
  );
  test('TLS1: no bytes crash a session, at either end, before or after the handshake', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const fresh = newServerSession({ random: testRandom(4) });
        const client = newClientSession({ random: testRandom(3) });
        const both = opened();
        for (const bytes of pieces) {
          for (const session of [fresh, client, both.client, both.server]) feed(session, bytes, show);
        }
        expect(fresh.phase).not.toBe('open');
      }),
    );
  });
});
