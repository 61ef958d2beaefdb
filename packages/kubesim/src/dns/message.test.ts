import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeMessage,
  encodeMessage,
  encodeWithin,
  frameForTcp,
  queryMessage,
  unframeTcp,
} from './message.ts';
import { addressOfReverseName, isInZone, labelsBelow, labelsOf, reverseNameOf } from './names.ts';
import { typeName, typeNumber } from './records.ts';
import type { DnsMessage, RecordData, ResourceRecord } from './records.ts';

function hex(text: string): Uint8Array {
  return Uint8Array.from(text.replaceAll(/\s/g, '').match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function decoded(bytes: Uint8Array): DnsMessage {
  const result = decodeMessage(bytes);
  if (!result.ok) throw new Error(result.reason);
  return result.message;
}

const QUERY = queryMessage(7, { name: 'web.default.svc.cluster.local.', type: 'A', class: 1 });

describe('DNS messages', () => {
  it('reads a response with compressed names, as a real server sends it', () => {
    // example.com. A, one answer, compressed owner.
    const message = decoded(
      hex(`1234 8180 0001 0001 0000 0000 07 6578616d706c65 03 636f6d 00 0001 0001
           c00c 0001 0001 0000012c 0004 5db8d822`),
    );
    expect(message).toMatchObject({
      id: 0x1234,
      response: true,
      recursionDesired: true,
      recursionAvailable: true,
      answers: [{ name: 'example.com.', ttlSeconds: 300, data: { type: 'A', address: '93.184.216.34' } }],
    });
  });

  it('writes repeated names once', () => {
    const record: ResourceRecord = {
      name: QUERY.questions[0]!.name,
      class: 1,
      ttlSeconds: 30,
      data: { type: 'A', address: '10.96.0.1' },
    };
    const one = encodeMessage({ ...QUERY, answers: [record] }).length;
    const two = encodeMessage({ ...QUERY, answers: [record, record] }).length;
    expect(two - one).toBe(16);
  });

  const label = fc.stringMatching(/^[a-zA-Z0-9_-]{1,20}$/);
  const name = fc
    .array(label, { maxLength: 5 })
    .map((labels) => (labels.length === 0 ? '.' : `${labels.join('.')}.`));
  const number16 = fc.nat(0xffff);
  const v4 = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((octets) => octets.join('.'));
  const data: fc.Arbitrary<RecordData> = fc.oneof(
    v4.map((address): RecordData => ({ type: 'A', address })),
    fc.constantFrom<RecordData>({ type: 'AAAA', address: 'fd00::1' }, { type: 'TXT', texts: ['1.1.0', ''] }),
    fc
      .tuple(fc.constantFrom('CNAME', 'NS', 'PTR'), name)
      .map(([type, target]): RecordData => ({ type, target })),
    fc.tuple(number16, number16, number16, name).map(([priority, weight, port, target]): RecordData => ({
      type: 'SRV',
      priority,
      weight,
      port,
      target,
    })),
    fc.tuple(number16, name).map(([preference, target]): RecordData => ({ type: 'MX', preference, target })),
    fc.tuple(name, name, number16).map(([primary, mailbox, serial]): RecordData => ({
      type: 'SOA',
      primary,
      mailbox,
      serial,
      refreshSeconds: 1,
      retrySeconds: 2,
      expireSeconds: 3,
      minimumSeconds: 4,
    })),
    fc.uint8Array({ maxLength: 40 }).map((bytes): RecordData => ({ type: 'opaque', typeNumber: 999, bytes })),
  );
  const record: fc.Arbitrary<ResourceRecord> = fc.record({
    name,
    class: fc.constant(1),
    ttlSeconds: fc.nat(0xffffffff),
    data,
  });
  const records = fc.array(record, { maxLength: 4 });
  const message: fc.Arbitrary<DnsMessage> = fc
    .record({
      id: number16,
      response: fc.boolean(),
      opcode: fc.nat(15),
      authoritative: fc.boolean(),
      truncated: fc.boolean(),
      recursionDesired: fc.boolean(),
      recursionAvailable: fc.boolean(),
      authenticData: fc.boolean(),
      checkingDisabled: fc.boolean(),
      responseCode: fc.nat(15),
      questions: fc.array(
        fc.record({ name, type: fc.constantFrom('A', 'SRV', 'TYPE999'), class: fc.constant(1) }),
        { maxLength: 2 },
      ),
      answers: records,
      authorities: records,
      additionals: records,
    })
    .chain((plain) =>
      fc
        .option(
          fc.record({
            udpSizeBytes: number16,
            version: fc.nat(255),
            dnssecOk: fc.boolean(),
            options: fc.uint8Array({ maxLength: 9 }),
          }),
        )
        .map((edns) => (edns === null ? plain : { ...plain, edns })),
    );

  it('what is written is read back the same', () => {
    fc.assert(
      fc.property(message, (each) => {
        expect(decoded(encodeMessage(each))).toEqual(each);
      }),
      { numRuns: 200 },
    );
  });

  it('no bytes make the reader throw or hang', () => {
    const mangled = fc.tuple(message.map(encodeMessage), fc.nat(), fc.nat(255)).map(([bytes, at, value]) => {
      bytes[at % bytes.length] = value;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mangled), (bytes) => {
        const result = decodeMessage(bytes);
        expect(typeof result.ok).toBe('boolean');
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['a pointer to itself', '0000 0100 0001 0000 0000 0000 c00c 0001 0001'],
    ['a pointer forward', '0000 0100 0001 0000 0000 0000 c020 0001 0001'],
    ['two pointers that meet', '0000 0100 0001 0000 0000 0000 01 61 c00c 0001 0001'],
    ['a name longer than 255 bytes', `0000 0100 0001 0000 0000 0000 ${'01 61 '.repeat(130)} 00 0001 0001`],
    ['more records than there are bytes', '0000 0100 0000 ffff 0000 0000'],
    ['an address of three bytes', '0000 8000 0000 0001 0000 0000 00 0001 0001 00000000 0003 0a0000'],
  ])('refuses %s', (_what, bytes) => {
    expect(decodeMessage(hex(bytes)).ok).toBe(false);
  });

  it('DNS13 cuts records off until the message fits, and says so', () => {
    const answers = Array.from({ length: 60 }, (_, index): ResourceRecord => ({
      name: QUERY.questions[0]!.name,
      class: 1,
      ttlSeconds: 30,
      data: { type: 'A', address: `10.244.0.${index}` },
    }));
    const bytes = encodeWithin({ ...QUERY, response: true, answers }, 512);
    const cut = decoded(bytes);
    expect(bytes.length).toBeLessThanOrEqual(512);
    expect(cut.truncated).toBe(true);
    expect(cut.answers).toEqual(answers.slice(0, cut.answers.length));
    expect(encodeWithin({ ...QUERY, answers: cut.answers }, 512).length).toBeGreaterThan(512 - 16);
    expect(decoded(encodeWithin({ ...QUERY, answers }, 4096)).truncated).toBe(false);
  });

  it('TCP frames come out whole, however they arrive', () => {
    const first = encodeMessage(QUERY);
    const second = encodeMessage({ ...QUERY, id: 8 });
    const stream = Uint8Array.from([...frameForTcp(first), ...frameForTcp(second)]);
    for (let cut = 0; cut <= stream.length; cut++) {
      const head = unframeTcp(stream.slice(0, cut));
      const tail = unframeTcp(Uint8Array.from([...head.rest, ...stream.slice(cut)]));
      expect([...head.messages, ...tail.messages]).toEqual([first, second]);
      expect(tail.rest.length).toBe(0);
    }
  });
});

describe('names and types', () => {
  it.each([
    ['www.example.org.', true],
    ['www.example.org', true],
    ['.', true],
    ['a..b', false],
    [`${'a'.repeat(64)}.org`, false],
    ['a.'.repeat(127), true],
    ['a.'.repeat(128), false],
  ])('%s is a name: %s', (text, isName) => {
    expect(labelsOf(text) !== undefined).toBe(isName);
  });

  it('escapes what does not print, and reads it back', () => {
    const name = String.raw`a\.b\032c.org.`;
    const message = { ...QUERY, questions: [{ name, type: 'A', class: 1 }] };
    expect(decoded(encodeMessage(message)).questions[0]?.name).toBe(name);
  });

  it('DNS6 compares without case', () => {
    expect(isInZone('WEB.default.svc.Cluster.Local', 'cluster.local.')).toBe(true);
    expect(isInZone('notcluster.local.', 'cluster.local.')).toBe(false);
    expect(labelsBelow('WEB.default.svc.cluster.local.', 'cluster.local.')).toEqual([
      'web',
      'default',
      'svc',
    ]);
  });

  it.each(['10.96.0.10', 'fd00:0:0:0:0:0:0:1a'])('reverse name of %s and back', (address) => {
    const name = reverseNameOf(address)!;
    expect(reverseNameOf(addressOfReverseName(name)!)).toBe(name);
  });

  it('RFC 3597 types', () => {
    expect(typeName(1234)).toBe('TYPE1234');
    expect(typeNumber('type1234')).toBe(1234);
    expect(typeNumber('TYPE70000')).toBeUndefined();
    expect(typeNumber('nonsense')).toBeUndefined();
  });
});
