import { describe, expect, it } from 'vitest';
import { CONFIGMAPS, DEPLOYMENT, DEPLOYMENTS, TestServer } from '../api-server.test-support.ts';

const ROOT = '/apis/admissionregistration.k8s.io/v1';

function withPolicy(spec: object, binding: object = {}): TestServer {
  const server = new TestServer();
  const policy = server.call('POST', `${ROOT}/validatingadmissionpolicies`, {
    metadata: { name: 'limit' },
    spec: {
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ['apps'],
            apiVersions: ['v1'],
            operations: ['CREATE', 'UPDATE', 'DELETE'],
            resources: ['deployments'],
          },
        ],
      },
      ...spec,
    },
  });
  expect(policy.text).toContain('"failurePolicy":"Fail"');
  const bound = server.call('POST', `${ROOT}/validatingadmissionpolicybindings`, {
    metadata: { name: 'everywhere' },
    spec: { policyName: 'limit', validationActions: ['Deny'], ...binding },
  });
  expect(bound.status).toBe(201);
  return server;
}

const scaled = (replicas: number) => ({ ...DEPLOYMENT, spec: { ...DEPLOYMENT.spec, replicas } });
const DENIED = `deployments.apps "web" is forbidden: ValidatingAdmissionPolicy 'limit' with binding 'everywhere' denied request: `;

describe('ValidatingAdmissionPolicy (API14)', () => {
  it('denies with 422 what an expression refuses', () => {
    const server = withPolicy({ validations: [{ expression: 'object.spec.replicas <= 5' }] });
    const denied = server.call('POST', DEPLOYMENTS, scaled(6));
    expect([denied.status, denied.body['reason'], denied.body['message']]).toEqual([
      422,
      'Invalid',
      `${DENIED}failed expression: object.spec.replicas <= 5`,
    ]);
    expect(server.call('POST', DEPLOYMENTS, scaled(5)).status).toBe(201);
  });

  it('says what messageExpression says, with variables and the reason asked for', () => {
    const server = withPolicy({
      variables: [{ name: 'most', expression: "quantity('3').asInteger()" }],
      validations: [
        {
          expression: 'object.spec.replicas <= variables.most',
          messageExpression: "'at most ' + string(variables.most)",
          reason: 'Forbidden',
        },
      ],
    });
    const denied = server.call('POST', DEPLOYMENTS, scaled(4));
    expect([denied.status, denied.body['message']]).toEqual([403, `${DENIED}at most 3`]);
  });

  it('takes parameters, and is denied without them', () => {
    const server = withPolicy(
      {
        paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
        validations: [{ expression: 'object.spec.replicas <= int(params.data.most)' }],
      },
      { paramRef: { name: 'limits', parameterNotFoundAction: 'Deny' } },
    );
    expect(server.call('POST', DEPLOYMENTS, scaled(1)).body['message']).toContain(
      'no params found for policy binding',
    );
    server.call('POST', CONFIGMAPS, { metadata: { name: 'limits' }, data: { most: '2' } });
    expect(server.call('POST', DEPLOYMENTS, scaled(3)).status).toBe(422);
    expect(server.call('POST', DEPLOYMENTS, scaled(2)).status).toBe(201);
  });

  it('only warns when that is asked, and skips what matchConditions leave out', () => {
    const server = withPolicy(
      {
        matchConditions: [{ name: 'people', expression: "!request.userInfo.username.startsWith('system:')" }],
        validations: [{ expression: 'false', message: 'no' }],
      },
      { validationActions: ['Warn', 'Audit'] },
    );
    expect(server.call('POST', DEPLOYMENTS, DEPLOYMENT).warnings).toContain(
      "Validation failed for ValidatingAdmissionPolicy 'limit' with binding 'everywhere': no",
    );
    const quiet = server.call('PUT', `${DEPLOYMENTS}/web`, scaled(2), {
      user: { name: 'system:x', groups: ['system:masters'] },
    });
    expect([quiet.status, quiet.warnings]).toEqual([200, undefined]);
  });

  it('judges deletions by oldObject, and fails closed on errors unless told to ignore them', () => {
    const validations = [
      { expression: "request.operation != 'DELETE' || !has(oldObject.metadata.labels.keep)" },
    ];
    const server = withPolicy({ validations });
    server.call('POST', DEPLOYMENTS, DEPLOYMENT);
    expect(server.call('DELETE', `${DEPLOYMENTS}/web`).body['message']).toContain(
      'resulted in error: no such key: labels',
    );
    const open = withPolicy({ validations, failurePolicy: 'Fail' }, { validationActions: ['Audit'] });
    open.call('POST', DEPLOYMENTS, DEPLOYMENT);
    expect(open.call('DELETE', `${DEPLOYMENTS}/web`).status).toBe(200);
  });

  it.each([
    [
      { expression: 'object.' },
      'spec.validations[0].expression: Invalid value: "object.": compilation failed: ERROR: <input>:1:8: Syntax error',
    ],
    [
      { expression: "authorizer.group('').resource('pods').check('get').allowed()" },
      "undeclared reference to 'authorizer'",
    ],
    [{ expression: 'params.x' }, "undeclared reference to 'params'"],
  ])('refuses %j', (validation, words) => {
    const answer = new TestServer().call('POST', `${ROOT}/validatingadmissionpolicies`, {
      metadata: { name: 'bad' },
      spec: { matchConstraints: { resourceRules: [{}] }, validations: [validation] },
    });
    expect(answer.body['message']).toContain(words);
  });

  it('has no webhooks, and says so (API10)', () => {
    const server = new TestServer();
    expect(server.call('GET', `${ROOT}/validatingwebhookconfigurations`).body['items']).toEqual([]);
    expect(server.call('POST', `${ROOT}/validatingwebhookconfigurations`, {}).body['message']).toBe(
      'this simulated cluster does not model admission webhooks: write a ValidatingAdmissionPolicy instead',
    );
  });
});
