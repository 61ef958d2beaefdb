import { expect, test } from 'vitest';
import { change, POD, PODS, TestServer } from '../api-server.test-support.ts';

const withSysctls = (...names: readonly string[]): object =>
  change(POD, ['spec', 'securityContext'], { sysctls: names.map((name) => ({ name, value: '1' })) });

test('API10: settings of the kernel are refused, names that no kernel has as upstream refuses them', () => {
  const server = new TestServer();
  const refused = server.call('POST', PODS, withSysctls('kernel.shm_rmid_forced'));
  expect([refused.status, refused.text]).toEqual([
    501,
    expect.stringContaining('settings of the kernel: spec.securityContext.sysctls'),
  ]);
  const invalid = server.call('POST', PODS, withSysctls('foo-', 'kernel.shmmax', 'safe-and-unsafe', 'bar..'));
  expect(invalid.status).toBe(422);
  expect(invalid.body['message']).toContain('Invalid value: "foo-": must have at most 253 characters');
  expect(invalid.body['message']).toContain('Invalid value: "bar.."');
  expect(invalid.body['message']).not.toMatch(/safe-and-unsafe|kernel\.shmmax/);
});
