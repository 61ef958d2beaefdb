import { utf8Decode, utf8Encode } from '@podwire/sim';
import { describe, expect, it } from 'vitest';
import { chunk, readRequest, responseHead } from './http.ts';

const read = (text: string): ReturnType<typeof readRequest> => readRequest(utf8Encode(text));

describe('requests to kubectl proxy', () => {
  it('are read one at a time, with their bodies', () => {
    const text =
      'POST /api/v1/x?a=b HTTP/1.1\r\nHost: localhost:8001\r\nContent-Length: 2\r\n\r\n{}GET / HTTP/1.1\r\n';
    const first = read(text);
    if (first.kind !== 'request') throw new Error(first.kind);
    expect(first.request).toMatchObject({ method: 'POST', target: '/api/v1/x?a=b', keepAlive: true });
    expect(utf8Decode(first.request.body)).toBe('{}');
    expect(text.slice(first.bytes)).toBe('GET / HTTP/1.1\r\n');
  });

  it.each([
    ['GET / HTTP/1.1\r\nHost: a', { kind: 'incomplete' }],
    ['hello\r\n\r\n', { kind: 'malformed', status: 400 }],
    ['GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n', { kind: 'malformed', status: 400 }],
    ['GET / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n', { kind: 'malformed', status: 413 }],
    ['GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n', { kind: 'malformed', status: 501 }],
    ['x'.repeat(70_000), { kind: 'malformed', status: 431 }],
  ])('%# are judged', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it('are answered in HTTP/1.1, streams in chunks', () => {
    expect(utf8Decode(responseHead(200, { 'content-type': 'text/plain', date: 'now' }))).toBe(
      'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: now\r\n\r\n',
    );
    expect(utf8Decode(chunk(utf8Encode('x'.repeat(17))))).toBe(`11\r\n${'x'.repeat(17)}\r\n`);
    expect(utf8Decode(chunk(new Uint8Array()))).toBe('0\r\n\r\n');
  });
});
