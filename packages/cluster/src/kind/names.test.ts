import { describe, expect, it } from 'vitest';
import { sessionNames, sessionOfCluster } from './names.ts';

describe('names of a session’s things', () => {
  it('carry the session, and give it back', () => {
    const { cluster } = sessionNames('main1', 's0123abcd');
    expect(sessionOfCluster('main1', cluster)).toBe('s0123abcd');
  });

  it.each([
    ['of another installation', 'podwire-other-s1'],
    ['of an installation whose id begins alike', 'podwire-main12-s1'],
    ['of somebody else', 'kind'],
    ['without a session', 'podwire-main1-'],
    ['with more behind it', 'podwire-main1-s1-control-plane'],
  ])('leave a cluster alone %s', (_, cluster) => expect(sessionOfCluster('main1', cluster)).toBeUndefined());

  it.each(['', 'S1', 's_1', 's-1', 's1;rm', 'a'.repeat(33)])('refuse %j as a session', (session) =>
    expect(() => sessionNames('main1', session)).toThrow(/not a session/),
  );
});
