import { once } from 'node:events';
import { constants, createDeflate, createInflate } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { SPDY_DICTIONARY } from './dictionary.ts';
import { SpdyConnection } from './spdy-connection.ts';
import type { SpdyStream } from './spdy-connection.ts';

/** A client as far as these tests need one: its header blocks are compressed as a real one's are. */
function client() {
  const deflate = createDeflate({ dictionary: SPDY_DICTIONARY });
  const uint32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const frame = (head: Buffer, flags: number, body: Buffer): Buffer =>
    Buffer.concat([head, Buffer.from([flags, 0, body.length >> 8, body.length & 0xff]), body]);
  return {
    uint32,
    control: (type: number, body: Buffer, flags = 0) => frame(Buffer.from([0x80, 3, 0, type]), flags, body),
    data: (id: number, text: string, flags = 0) => frame(uint32(id), flags, Buffer.from(text)),
    async open(id: number, headers: Readonly<Record<string, string>>): Promise<Buffer> {
      const text = (value: string): Buffer => Buffer.concat([uint32(value.length), Buffer.from(value)]);
      const entries = Object.entries(headers).flatMap(([name, value]) => [text(name), text(value)]);
      deflate.write(Buffer.concat([uint32(Object.keys(headers).length), ...entries]));
      await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, resolve));
      const block = deflate.read() as Buffer;
      return this.control(1, Buffer.concat([uint32(id), uint32(0), Buffer.from([0, 0]), block]));
    },
  };
}

function server() {
  const written: Buffer[] = [];
  const streams: SpdyStream[] = [];
  const heard: string[] = [];
  let ended = false;
  const connection = new SpdyConnection(
    { write: (bytes) => void written.push(Buffer.from(bytes)), end: () => void (ended = true) },
    (stream) => {
      stream.onData = (data) => void heard.push(data.toString());
      stream.onEnd = () => void heard.push('(end)');
      streams.push(stream);
    },
  );
  return {
    connection,
    written,
    streams,
    heard,
    ended: () => ended,
  };
}
describe('a SPDY/3.1 connection', () => {
  it('reads compressed headers of one stream after another', async () => {
    const [{ connection, streams }, from] = [server(), client()];
    await connection.feed(await from.open(1, { streamtype: 'error', port: '80', requestID: '0' }));
    await connection.feed(await from.open(3, { streamtype: 'data', port: '80', requestID: '0' }));
    expect(streams.map(({ headers }) => Object.fromEntries(headers))).toEqual([
      { streamtype: 'error', port: '80', requestid: '0' },
      { streamtype: 'data', port: '80', requestid: '0' },
    ]);
  });

  it('answers a stream with a header block that any zlib reads', async () => {
    const [{ connection, written }, from] = [server(), client()];
    await connection.feed(await from.open(1, { a: 'b' }));
    const [reply = Buffer.alloc(0)] = written;
    expect(reply.subarray(0, 4)).toEqual(Buffer.from([0x80, 3, 0, 2]));
    const inflate = createInflate({ dictionary: SPDY_DICTIONARY });
    inflate.write(reply.subarray(12));
    const [block] = (await once(inflate, 'data')) as [Buffer];
    expect(block).toEqual(Buffer.alloc(4));
  });

  it('carries data both ways, however its bytes are cut', async () => {
    const [{ connection, written, streams, heard }, from] = [server(), client()];
    const bytes = Buffer.concat([await from.open(1, { a: 'b' }), from.data(1, 'hello'), from.data(1, '', 1)]);
    for (const byte of bytes) await connection.feed(Buffer.from([byte]));
    expect(heard).toEqual(['hello', '(end)']);
    written.length = 0;
    streams[0]?.write(Buffer.from('back'));
    streams[0]?.end();
    streams[0]?.write(Buffer.from('too late'));
    expect(Buffer.concat(written)).toEqual(Buffer.concat([from.data(1, 'back'), from.data(1, '', 1)]));
  });

  it('forgets a stream that both sides have ended: a long port-forward opens any number, one after the other', async () => {
    const [{ connection, streams, ended }, from] = [server(), client()];
    for (let id = 1; id < 2_000; id += 2) {
      await connection.feed(await from.open(id, { a: 'b' }));
      streams.at(-1)?.end();
      await connection.feed(from.data(id, '', 1));
    }
    expect({ opened: streams.length, ended: ended() }).toEqual({ opened: 1_000, ended: false });
  });

  it('answers a ping', async () => {
    const [{ connection, written }, from] = [server(), client()];
    await connection.feed(from.control(6, from.uint32(7)));
    expect(written).toEqual([from.control(6, from.uint32(7))]);
  });

  it.each([
    ['a frame larger than any client sends', Buffer.from([0, 0, 0, 1, 0, 0xff, 0xff, 0xff])],
    [
      'headers that are no zlib',
      Buffer.from([0x80, 3, 0, 1, 0, 0, 0, 14, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 9, 9, 9, 9]),
    ],
    ['a frame that is too short', Buffer.from([0x80, 3, 0, 3, 0, 0, 0, 0])],
  ])('ends at %s', async (_what, bytes) => {
    const { connection, ended } = server();
    await connection.feed(bytes);
    expect(ended()).toBe(true);
  });
});
