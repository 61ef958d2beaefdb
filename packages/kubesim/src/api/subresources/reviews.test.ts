import { describe, expect, it } from 'vitest';
import { TestServer } from '../api-server.test-support.ts';

describe('TokenReview (API9)', () => {
  it('says whose token it is, and that a wrong one is nobody’s', () => {
    const server = new TestServer();
    const review = (token: string): unknown =>
      server.call('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token } }).body['status'];
    const token = server.api.issueToken(
      'default',
      'default',
      ['https://kubernetes.default.svc.cluster.local'],
      600,
    );
    expect(review(token)).toMatchObject({
      authenticated: true,
      user: { username: 'system:serviceaccount:default:default' },
    });
    expect(review('wrong')).toEqual({ user: {}, error: 'invalid bearer token' });
  });
});
