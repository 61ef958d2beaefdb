import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { podCidrsForNode } from './pod-cidrs.ts';
import { allocate, release } from './host-local.ts';
import type { HostLocalRange } from './host-local.ts';

const SUBNET = '10.244.1.0/29';

function addressOf(ranges: Map<string, HostLocalRange>, holder: string, subnet = SUBNET): string {
  const outcome = allocate(ranges, subnet, 0, holder);
  return outcome.ok ? outcome.allocation.address : outcome.message;
}

describe('host-local (CNI7)', () => {
  it('starts after the gateway and goes on from the address given out last', () => {
    const ranges = new Map<string, HostLocalRange>();
    expect(addressOf(ranges, 'a')).toBe('10.244.1.2');
    release(ranges, 'a');
    expect(['b', 'c', 'd', 'e'].map((holder) => addressOf(ranges, holder))).toEqual([
      '10.244.1.3',
      '10.244.1.4',
      '10.244.1.5',
      '10.244.1.6',
    ]);
    // Only now has the range wrapped.
    expect(addressOf(ranges, 'f')).toBe('10.244.1.2');
    expect(addressOf(ranges, 'g')).toBe(
      'failed to allocate for range 0: no IP addresses available in range set: 10.244.1.1-10.244.1.6',
    );
    release(ranges, 'd');
    expect(addressOf(ranges, 'g')).toBe('10.244.1.5');
  });

  it('IPv6 ranges have no broadcast address', () => {
    const ranges = new Map<string, HostLocalRange>();
    const given = Array.from({ length: 3 }, (_, index) => addressOf(ranges, String(index), 'fd00:1::/126'));
    expect(given).toEqual([
      'fd00:1::2',
      'fd00:1::3',
      'failed to allocate for range 0: no IP addresses available in range set: fd00:1::1-fd00:1::3',
    ]);
  });

  it('never gives one address to two containers, and never the gateway', () => {
    const step = fc.tuple(fc.constantFrom('add', 'del'), fc.nat(9));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const ranges = new Map<string, HostLocalRange>();
        const held = new Map<string, string>();
        for (const [verb, container] of steps) {
          const holder = `c${container}`;
          if (verb === 'del') {
            release(ranges, holder);
            held.delete(holder);
          } else if (!held.has(holder)) {
            const outcome = allocate(ranges, SUBNET, 0, holder);
            expect(outcome.ok).toBe(held.size < 5);
            if (!outcome.ok) continue;
            expect([...held.values(), '10.244.1.0', '10.244.1.1', '10.244.1.7']).not.toContain(
              outcome.allocation.address,
            );
            held.set(holder, outcome.allocation.address);
          }
        }
      }),
    );
  });
});

describe('pod CIDRs of nodes (CNI7)', () => {
  it('are blocks of /24 and /64, in order', () => {
    const config = { podCidrs: ['10.244.0.0/16', 'fd00:10:244::/56'] };
    expect(podCidrsForNode(config, 0)).toEqual(['10.244.0.0/24', 'fd00:10:244::/64']);
    expect(podCidrsForNode(config, 3)).toEqual(['10.244.3.0/24', 'fd00:10:244:3::/64']);
    expect(() => podCidrsForNode(config, 256)).toThrow('has no block left for node 256');
  });
});
