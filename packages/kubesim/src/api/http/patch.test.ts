import { describe, expect, it, test } from 'vitest';
import { TestServer } from '../api-server.test-support.ts';
import type { Answer } from '../api-server.test-support.ts';

const SERVICES = '/api/v1/namespaces/default/services';
const JSON_PATCH = 'application/json-patch+json';
const MERGE = 'application/merge-patch+json';
const STRATEGIC = 'application/strategic-merge-patch+json';
const APPLY = 'application/apply-patch+yaml';

const APPLIED_TWICE =
  'apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  labels:\n    app: a\n    app: b\nspec:\n  ports: [{port: 80}]\n';

function patch(contentType: string, body: string, mode: string): Answer {
  const server = new TestServer();
  server.call('POST', SERVICES, { metadata: { name: 'web' }, spec: { ports: [{ port: 80 }] } });
  return server.call('PATCH', `${SERVICES}/web?fieldManager=me&force=true&fieldValidation=${mode}`, body, {
    contentType,
  });
}

describe('API6: a patch that gives a field twice', () => {
  const cases: readonly (readonly [string, string, RegExp, number, string])[] = [
    [
      MERGE,
      '{"metadata":{"labels":{"app":"a","app":"b"}}}',
      /^"" is invalid: patch: Invalid value: "\{.*\}": strict decoding error: duplicate field "metadata.labels.app"$/,
      422,
      '299 - "duplicate field \\"metadata.labels.app\\""',
    ],
    [
      STRATEGIC,
      '{"metadata":{"labels":{"app":"a","app":"b"}}}',
      /^"" is invalid: patch: Invalid value: "map\[metadata:map\[labels:map\[app:b\]\]\]": strict decoding error: duplicate field "metadata.labels.app"$/,
      422,
      '299 - "duplicate field \\"metadata.labels.app\\""',
    ],
    [
      JSON_PATCH,
      '[{"op":"add","path":"/metadata/labels","value":{"app":"a"},"value":{"app":"b"}}]',
      /strict decoding error: json patch duplicate field "\[0\]\.value"$/,
      422,
      '299 - "json patch duplicate field \\"[0].value\\""',
    ],
    [
      APPLY,
      APPLIED_TWICE,
      /^error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n {2}line 7: key "app" already set in map$/,
      400,
      '299 - "line 7: key \\"app\\" already set in map"',
    ],
  ];

  test.each(cases)('%s', (contentType, body, told, status, warning) => {
    const strict = patch(contentType, body, 'Strict');
    expect(strict.body['message']).toMatch(told);
    expect(strict.status).toBe(status);
    expect(patch(contentType, body, 'Warn')).toMatchObject({ status: 200, warnings: warning });
    const ignored = patch(contentType, body, 'Ignore');
    expect(ignored.warnings).toBeUndefined();
    expect(ignored.body['metadata']).toMatchObject({ labels: { app: 'b' } });
  });
});

describe('API6: a patch that makes what its kind does not hold', () => {
  test.each([
    [
      MERGE,
      /^"" is invalid: patch: Invalid value: "\{.*\}": strict decoding error: unknown field "spec.typo"$/,
    ],
    [
      STRATEGIC,
      /^"" is invalid: patch: Invalid value: "map\[spec:map\[typo:1\]\]": strict decoding error: unknown field "spec.typo"$/,
    ],
  ])('%s', (contentType, told) => {
    const body = '{"spec":{"typo":1}}';
    expect(patch(contentType, body, 'Strict').body['message']).toMatch(told);
    expect(patch(contentType, body, 'Warn')).toMatchObject({
      status: 200,
      warnings: '299 - "unknown field \\"spec.typo\\""',
    });
  });

  it('is refused as unprocessable where a value has the wrong type', () => {
    const refused = patch(MERGE, '{"spec":{"ports":"all"}}', 'Warn');
    expect(refused.status).toBe(422);
    expect(refused.body['message']).toMatch(
      /patch: Invalid value: "\{.*\}": json: cannot unmarshal string into Go struct field ServiceSpec\.spec\.ports of type \[\]v1\.ServicePort$/,
    );
  });
});
