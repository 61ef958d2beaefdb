import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalAddress,
  cidrContains,
  formatCidr,
  parseAddress,
  parseCidr,
  subtractCidrs,
} from './address.ts';

describe('addresses', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::', '::'],
    ['::1', '::1'],
    ['1:0:3:4:5:6:7:8', '1:0:3:4:5:6:7:8'],
  ])('canonical form of %s', (text, canonical) => {
    expect(canonicalAddress(text)).toBe(canonical);
  });

  it.each([
    '',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4.5',
    ':::',
    '1::2::3',
    'g::',
    '1:2:3:4:5:6:7',
    'x'.repeat(99),
  ])('refuses %j', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it('clears host bits of a CIDR and keeps families apart', () => {
    const cidr = parseCidr('10.1.2.3/16');
    expect(cidr && formatCidr(cidr)).toBe('10.1.0.0/16');
    const mapped = parseAddress('::a01:203');
    expect(cidr && mapped && cidrContains(cidr, mapped)).toBe(false);
    expect(parseCidr('10.0.0.0/33')).toBeUndefined();
  });

  it('subtracting blocks leaves exactly the addresses in the block and in no exception', () => {
    const small = fc.record({ base: fc.nat(255), prefixLength: fc.integer({ min: 24, max: 32 }) });
    fc.assert(
      fc.property(
        fc.integer({ min: 24, max: 28 }),
        fc.array(small, { maxLength: 4 }),
        (prefixLength, texts) => {
          const block = parseCidr(`10.0.0.0/${prefixLength}`)!;
          const exceptions = texts.map(({ base, prefixLength: length }) =>
            parseCidr(`10.0.0.${base}/${length}`)!,
          );
          const left = subtractCidrs(block, exceptions);
          for (let host = 0; host < 256; host++) {
            const address = parseAddress(`10.0.0.${host}`)!;
            const expected =
              cidrContains(block, address) && !exceptions.some((each) => cidrContains(each, address));
            expect(left.filter((each) => cidrContains(each, address)).length).toBe(expected ? 1 : 0);
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});
