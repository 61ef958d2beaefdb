import { expect, test } from 'vitest';
import { TestServer } from '../api-server.test-support.ts';
import { inOrderOfText } from './duplicate-fields.ts';

test('API6: what is wrong with fields is told in the order of the text', () => {
  const server = new TestServer();
  const answer = server.call(
    'POST',
    '/apis/apps/v1/namespaces/default/deployments?fieldValidation=Strict',
    '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"odd":1,"replicas":1,"replicas":2}}',
  );
  expect([answer.status, answer.body['message']]).toEqual([
    400,
    'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.odd", duplicate field "spec.replicas"',
  ]);
});

test.each([
  ['{"b":1,"b":2,"a":1}', ['duplicate field "b"', 'unknown field "a"']],
  ['{"a":1,"b":1,"b":2}', ['unknown field "a"', 'duplicate field "b"']],
  ['{"b":1,"a":1,"b":2}', ['unknown field "a"', 'duplicate field "b"']],
])('%s', (text, told) => {
  expect(inOrderOfText(text, ['duplicate field "b"', 'unknown field "a"'])).toEqual(told);
});
