import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CidrIndex } from './cidr-index.ts';
import { addressAt, cidrContains, cidrNetwork, cidrSize, parseCidr } from './cidr.ts';
import { canonicalIp, compareIp, formatIp, isIpv4, isIpv6, parseIp } from './ip.ts';

describe('addresses', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['::1', '::1'],
    ['FD00:0:0:0:0:0:0:1', 'fd00::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['::ffff:10.1.2.3', '::ffff:10.1.2.3'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['fe80::', 'fe80::'],
  ])('RFC 5952: %s is written %s', (text, canonical) => {
    expect(canonicalIp(text)).toBe(canonical);
  });

  it.each([
    '',
    '1',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '1.2.3.4 ',
    '1.2.3.-4',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    'g::',
    'fe80::1%eth0',
    '12345::',
    '1.2.3.4::',
    '::1.2.3',
    'x'.repeat(1000),
  ])('%j is no address', (text) => {
    expect(parseIp(text)).toBeUndefined();
  });

  it('formats what it parses, and parses what it formats', () => {
    const word = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffffffff }));
    fc.assert(
      fc.property(fc.tuple(word, word, word, word), (words) => {
        const text = formatIp({ version: 6, words });
        expect(parseIp(text)).toEqual({ version: 6, words });
        expect(canonicalIp(text)).toBe(text);
      }),
    );
  });

  it('tells the families apart and orders them', () => {
    expect([isIpv4('10.0.0.1'), isIpv6('10.0.0.1'), isIpv4('::1'), isIpv6('::1')]).toEqual([
      true,
      false,
      false,
      true,
    ]);
    expect(['fd00::1', '10.0.0.10', 'nonsense', '10.0.0.9', 'fd00::'].sort(compareIp)).toEqual([
      '10.0.0.9',
      '10.0.0.10',
      'fd00::',
      'fd00::1',
      'nonsense',
    ]);
  });
});

describe('CIDRs', () => {
  it.each([
    ['10.244.3.7/24', '10.244.3.0/24'],
    ['10.0.0.1/0', '0.0.0.0/0'],
    ['10.0.0.1/32', '10.0.0.1/32'],
    ['fd00:1:2:3:4::5/48', 'fd00:1:2::/48'],
    ['fd00::1/127', 'fd00::/127'],
  ])('the network of %s is %s', (text, network) => {
    expect(cidrNetwork(text)).toBe(network);
  });

  it.each([
    '10.0.0.0',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '10.0.0.0/',
    '/24',
    'fd00::/129',
    '10.0.0.0/24/1',
  ])('%j is no CIDR', (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });

  it('counts its addresses', () => {
    expect(addressAt('10.244.1.0/24', 0)).toBe('10.244.1.0');
    expect(addressAt('10.244.1.0/24', 255)).toBe('10.244.1.255');
    expect(addressAt('10.244.1.0/24', 256)).toBeUndefined();
    expect(addressAt('10.244.1.0/24', -1)).toBeUndefined();
    expect(addressAt('10.0.0.0/8', 65_536)).toBe('10.1.0.0');
    expect(addressAt('fd00::/64', 0x1_0000_0001)).toBe('fd00::1:0:1');
    expect(cidrSize('10.0.0.0/30')).toBe(4);
    expect(cidrSize('nonsense')).toBe(0);
  });

  const ipv4 = fc.integer({ min: 0, max: 0xffffffff }).map((word) => formatIp({ version: 4, words: [word] }));
  const near = fc
    .integer({ min: 0, max: 0x3ff })
    .map((low) => formatIp({ version: 4, words: [0x0a000000 + low] }));
  const near6 = fc
    .integer({ min: 0, max: 0x3ff })
    .map((low) => formatIp({ version: 6, words: [0xfd000000, 0, low & 3, low] }));
  const cidr = fc.oneof(
    fc.tuple(near, fc.integer({ min: 20, max: 32 })).map(([address, length]) => `${address}/${length}`),
    fc.tuple(ipv4, fc.integer({ min: 0, max: 32 })).map(([address, length]) => `${address}/${length}`),
    fc.tuple(near6, fc.integer({ min: 90, max: 128 })).map(([address, length]) => `${address}/${length}`),
  );

  it('an index of prefixes finds what a scan of all of them finds, the longest first', () => {
    fc.assert(
      fc.property(
        fc.array(cidr, { maxLength: 40 }),
        fc.array(fc.oneof(near, near6, ipv4), { maxLength: 20 }),
        (cidrs, addresses) => {
          const index = new CidrIndex<number>();
          for (const each of cidrs) index.add(each, parseCidr(each)?.prefixLength ?? -1);
          for (const address of addresses) {
            const lengths = cidrs
              .filter((each) => cidrContains(each, address))
              .map((each) => parseCidr(each)?.prefixLength ?? -1);
            expect(index.find(address)).toBe(lengths.length === 0 ? undefined : Math.max(...lengths));
          }
        },
      ),
    );
  });

  it('membership is what arithmetic on the whole number says', () => {
    const value = (address: string): bigint =>
      (parseIp(address)?.words ?? []).reduce((sum, word) => (sum << 32n) + BigInt(word), 0n);
    fc.assert(
      fc.property(cidr, fc.oneof(near, near6, ipv4), (text, address) => {
        const parsed = parseCidr(text);
        if (parsed === undefined) throw new Error(text);
        const bits = parsed.version === 4 ? 32 : 128;
        const shift = BigInt(bits - parsed.prefixLength);
        const expected =
          parsed.version === parseIp(address)?.version &&
          value(parsed.address) >> shift === value(address) >> shift;
        expect(cidrContains(text, address)).toBe(expected);
      }),
    );
  });
});
