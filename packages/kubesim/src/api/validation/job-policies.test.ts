import { expect, test } from 'vitest';
import { TestServer } from '../api-server.test-support.ts';

const rule = (given: object): object => ({ podFailurePolicy: { rules: [given] } });
const exit = (given: object): object =>
  rule({ action: 'FailJob', onExitCodes: { operator: 'In', values: [1], ...given } });
const success = (given: object): object => ({ successPolicy: { rules: [given] } });
const indexed = { completionMode: 'Indexed', completions: 3 };
const RULES = 'spec.podFailurePolicy.rules[0]';
const SUCCESS = 'spec.successPolicy.rules[0]';

test.each<[object, string]>([
  [
    rule({ action: 'Ignore' }),
    `${RULES}: Invalid value: specifying one of OnExitCodes and OnPodConditions is required`,
  ],
  [
    rule({ action: 'FailIndex', onPodConditions: [{ type: 'DisruptionTarget' }] }),
    `${RULES}.action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set`,
  ],
  [
    exit({ values: [0] }),
    `${RULES}.onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator`,
  ],
  [exit({ values: [2, 1] }), `${RULES}.onExitCodes.values: Invalid value: [2,1]: must be ordered`],
  [exit({ values: [1, 1] }), `${RULES}.onExitCodes.values[1]: Duplicate value: 1`],
  [
    exit({ containerName: 'other' }),
    `${RULES}.onExitCodes.containerName: Invalid value: "other": must be one of the container or initContainer names in the pod template`,
  ],
  [
    { ...exit({}), podReplacementPolicy: 'TerminatingOrFailed' },
    'spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"',
  ],
  [
    { ...exit({}), restartPolicy: 'OnFailure' },
    'spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified',
  ],
  [success({ succeededCount: 1 }), 'requires indexed completion mode'],
  [
    { ...indexed, ...success({}) },
    `${SUCCESS}: Required value: at least one of succeededCount or succeededIndexes must be specified`,
  ],
  [
    { ...indexed, ...success({ succeededCount: 4 }) },
    `${SUCCESS}.succeededCount: Invalid value: 4: must be less than or equal to 3 (the number of specified completions)`,
  ],
  [
    { ...indexed, ...success({ succeededIndexes: '0-3' }) },
    `${SUCCESS}.succeededIndexes: Invalid value: "0-3": error parsing succeededIndexes: too large index: "3"`,
  ],
  [
    { ...indexed, ...success({ succeededIndexes: '1,0' }) },
    'error parsing succeededIndexes: non-increasing order, previous: 1, current: 0',
  ],
  [
    { ...indexed, maxFailedIndexes: 1 },
    'spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified',
  ],
  [
    { managedBy: 'me' },
    'spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")',
  ],
])('API19: a job with %j is refused: %s', (given, message) => {
  const { restartPolicy = 'Never', ...spec } = given as { restartPolicy?: string };
  const refused = new TestServer().call('POST', '/apis/batch/v1/namespaces/default/jobs', {
    metadata: { name: 'work' },
    spec: { template: { spec: { restartPolicy, containers: [{ name: 'c', image: 'busybox' }] } }, ...spec },
  });
  expect([refused.status, refused.body['message']]).toEqual([422, expect.stringContaining(message)]);
});
