import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONFIGMAPS, DEPLOYMENT, DEPLOYMENTS, POD, PODS, TestServer } from './api-server.test-support.ts';

/** Few runs and one seed: the suite stays fast and says the same each time. */
const RUNS = { seed: 34, numRuns: 120 } as const;

const PATHS = [
  PODS,
  DEPLOYMENTS,
  CONFIGMAPS,
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
] as const;
const PATCHES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
] as const;
const FIELDS = [
  'metadata',
  'name',
  'spec',
  'containers',
  'template',
  'labels',
  'finalizers',
  'ownerReferences',
  'versions',
  'status',
  '__proto__',
  'replicas',
  'data',
  '$patch',
  '$setElementOrder/containers',
];

/** Objects that look like those of the API, and are not. */
const almost = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, 0, -1, 1.5, 1e300, '', 'x', 'NaN', '\u0000', 'web', '1Gi'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...FIELDS), tie('value'), { maxKeys: 4 }),
  ),
})).value;

/** Answers that the real server gives to what it cannot read: never a mistake of ours, which is an InternalError. */
function isHonest(answer: { readonly status: number; readonly body: Record<string, unknown> }): boolean {
  return answer.status < 500 || (answer.status === 500 && answer.body['reason'] !== 'InternalError');
}

describe('hostile input (API10)', () => {
  it('of bodies is refused or taken, and breaks nothing', () => {
    const server = new TestServer();
    fc.assert(
      fc.property(
        fc.constantFrom(...PATHS),
        almost,
        fc.constantFrom('application/json', 'application/yaml'),
        (path, body, type) => {
          expect(isHonest(server.call('POST', path, JSON.stringify(body), { contentType: type }))).toBe(true);
        },
      ),
      RUNS,
    );
    expect(server.call('GET', PODS).status).toBe(200);
  });

  it('of bytes is refused', () => {
    const server = new TestServer();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, magic) => {
        const body = magic ? Uint8Array.from([0x6b, 0x38, 0x73, 0, ...bytes]) : bytes;
        const answer = server.call('POST', PODS, body, {
          contentType: 'application/vnd.kubernetes.protobuf',
        });
        expect(answer.status).toBeLessThan(500);
      }),
      RUNS,
    );
  });

  it('of patches is refused or applied', () => {
    const server = new TestServer();
    server.call('POST', PODS, POD);
    server.call('POST', DEPLOYMENTS, DEPLOYMENT);
    const operation = fc.record({
      op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'no'),
      path: fc.constantFrom(
        '',
        '/spec',
        '/metadata/labels/a',
        '/spec/containers/0',
        '/spec/containers/-',
        '/~2',
        'x',
      ),
      from: fc.constantFrom('/spec', '/metadata', ''),
      value: almost,
    });
    fc.assert(
      fc.property(
        fc.constantFrom(`${PODS}/web`, `${DEPLOYMENTS}/web`),
        fc.constantFrom(...PATCHES),
        fc.oneof(almost, fc.array(operation, { maxLength: 3 })),
        (path, type, patch) => {
          const answer = server.call('PATCH', `${path}?fieldManager=f&dryRun=All`, JSON.stringify(patch), {
            contentType: type,
          });
          expect(isHonest(answer)).toBe(true);
        },
      ),
      RUNS,
    );
  });

  it('of selectors and parameters is refused with 400, or answered', () => {
    const server = new TestServer();
    const text = fc.string({ maxLength: 20, unit: fc.constantFrom(...'abc=!,()<> in.-/"\\\u0000') });
    const name = fc.constantFrom(
      'labelSelector',
      'fieldSelector',
      'limit',
      'continue',
      'resourceVersion',
      'resourceVersionMatch',
      'includeObject',
      'dryRun',
      'timeoutSeconds',
    );
    fc.assert(
      fc.property(name, text, (key, value) => {
        const { status } = server.call('GET', PODS, undefined, { query: [[key, value]] });
        expect([200, 400, 410, 422]).toContain(status);
      }),
      RUNS,
    );
  });

  it('of size is refused as etcd refuses it, and as the API server does above that', () => {
    const server = new TestServer();
    const sized = (bytes: number) =>
      server.call('POST', CONFIGMAPS, {
        metadata: { name: 'big' },
        binaryData: {},
        immutable: false,
        data: {},
        extra: 'x'.repeat(bytes),
      });
    expect(sized(4 * 1024 * 1024).status).toBe(413);
    const pod = {
      ...POD,
      metadata: {
        ...POD.metadata,
        finalizers: Array.from({ length: 30_000 }, (_, index) => `example.com/${'x'.repeat(50)}${index}`),
      },
    };
    expect(server.call('POST', PODS, pod).body['message']).toBe('etcdserver: request is too large');
  });
});
