import { describe, expect, it } from 'vitest';
import { TestServer } from '../api-server.test-support.ts';
import { decodeBase64 } from '../base64.ts';

/** A part of a JWT. */
function text(base64: string): string {
  return decodeBase64(base64.replaceAll('-', '+').replaceAll('_', '/'));
}

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

describe('a token that is bound to a pod (API7)', () => {
  const PODS = '/api/v1/namespaces/default/pods';
  const TOKEN = '/api/v1/namespaces/default/serviceaccounts/default/token';

  function bound(server: TestServer, spec: object) {
    return server.call('POST', TOKEN, { spec: { boundObjectRef: spec, expirationSeconds: 3607 } });
  }

  function user(server: TestServer, token: string): unknown {
    const { body } = server.call('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token } });
    return (body['status'] as { readonly user: unknown }).user;
  }

  it('says which, and ends with it', () => {
    const server = new TestServer();
    const pod = server.call('POST', PODS, {
      metadata: { name: 'p' },
      spec: { containers: [{ name: 'c', image: 'x' }] },
    });
    const { uid } = pod.body['metadata'] as { readonly uid: string };
    const { token } = bound(server, { kind: 'Pod', apiVersion: 'v1', name: 'p', uid }).body['status'] as {
      readonly token: string;
    };
    expect(user(server, token)).toMatchObject({
      username: 'system:serviceaccount:default:default',
      extra: {
        'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^JTI=[0-9a-f-]{36}$/)],
        'authentication.kubernetes.io/pod-name': ['p'],
        'authentication.kubernetes.io/pod-uid': [uid],
      },
    });
    const claims = JSON.parse(text(token.split('.')[1] ?? '')) as Record<string, unknown>;
    expect(claims['kubernetes.io']).toMatchObject({ namespace: 'default', pod: { name: 'p', uid } });
    server.call('DELETE', `${PODS}/p?gracePeriodSeconds=0`);
    expect(user(server, token)).toEqual({});
  });

  it.each([
    [{ kind: 'Pod', apiVersion: 'v1', name: 'nope' }, 404, 'pods "nope" not found'],
    [
      { kind: 'ConfigMap', apiVersion: 'v1', name: 'a' },
      400,
      'cannot bind token to object of type /v1, Kind=ConfigMap',
    ],
    [
      { kind: 'Secret', apiVersion: 'v1', name: 's', uid: 'other' },
      409,
      /^Operation cannot be fulfilled on Secret "s": the UID in the bound object reference \(other\) does not/,
    ],
  ])('refuses %o', (reference, status, message) => {
    const server = new TestServer();
    server.call('POST', '/api/v1/namespaces/default/secrets', { metadata: { name: 's' } });
    const answer = bound(server, reference);
    expect([answer.status, answer.body['message']]).toEqual([
      status,
      typeof message === 'string' ? message : expect.stringMatching(message),
    ]);
  });

  it('for somebody else is none of the API server’s', () => {
    const server = new TestServer();
    const { token } = server.call('POST', TOKEN, { spec: { audiences: ['vault'] } }).body['status'] as {
      readonly token: string;
    };
    expect(server.api.userOfToken(token)).toBeUndefined();
    const review = server.call('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
      spec: { token, audiences: ['vault', 'other'] },
    });
    expect(review.body['status']).toMatchObject({ authenticated: true, audiences: ['vault'] });
  });
});

describe('who may what (API5)', () => {
  const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

  it.each([
    [TABLE, 406],
    [`${TABLE},application/json`, 201],
  ])('has no rows: %s', (accept, status) => {
    const answer = new TestServer().call(
      'POST',
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      { spec: { nonResourceAttributes: { path: '/', verb: 'get' } } },
      { accept },
    );
    expect([answer.status, answer.body['kind']]).toEqual([
      status,
      status === 406 ? 'Status' : 'SelfSubjectAccessReview',
    ]);
  });
});
