import { describe, expect, it } from 'vitest';
import { sectionsOf, slugOf } from './plain-text.ts';

describe('slugOf', () => {
  it.each([
    ['What a Service is', 'what-a-service-is'],
    ['  kube-proxy & nftables!  ', 'kube-proxy-nftables'],
    ['பொட்டு ஒன்று', 'பொட்டு-ஒன்று'],
  ])('%s → %s', (title, slug) => {
    expect(slugOf(title)).toBe(slug);
  });
});

describe('sectionsOf', () => {
  it('lists headings of the first two levels with their words', () => {
    const text = (value: string) => ({ type: 'text' as const, value });
    expect(
      sectionsOf([
        { type: 'heading', depth: 2, children: [text('One '), { type: 'inlineCode', value: 'ip' }] },
        { type: 'heading', depth: 3, children: [text('Deeper')] },
        { type: 'paragraph', children: [text('no')] },
      ]),
    ).toEqual([{ id: 'one-ip', title: 'One ip' }]);
  });
});
