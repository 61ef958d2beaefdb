import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../values/json.ts';
import { profileOf } from './profiles.ts';

const keep = {
  labels: false,
  annotations: false,
  liveness: false,
  readiness: false,
  startup: false,
  initContainers: true,
};

describe('profiles of kubectl debug', () => {
  it.each([
    ['legacy', undefined],
    ['general', { capabilities: { add: ['SYS_PTRACE'] } }],
    ['baseline', undefined],
    ['netadmin', { capabilities: { add: ['NET_ADMIN', 'NET_RAW'] } }],
    ['sysadmin', { privileged: true }],
    [
      'restricted',
      {
        runAsNonRoot: true,
        capabilities: { drop: ['ALL'] },
        allowPrivilegeEscalation: false,
        seccompProfile: { type: 'RuntimeDefault' },
      },
    ],
  ])('%s grants its container what it says', (name, granted) => {
    const container: JsonObject = { name: 'debugger' };
    profileOf(name)({ spec: {} }, container, 'ephemeral', keep);
    expect(container['securityContext']).toEqual(granted);
  });

  it('share a node’s network, and its files where they say so', () => {
    const pods = ['netadmin', 'general'].map((name) => {
      const pod: JsonObject = { spec: {} };
      profileOf(name)(pod, {}, 'node', keep);
      return pod['spec'];
    });
    expect(pods[0]).toEqual({ hostNetwork: true, hostPID: true, hostIPC: true });
    expect(pods[1]).toMatchObject({ volumes: [{ name: 'host-root', hostPath: { path: '/' } }] });
  });

  it('keep a copy from being taken for the original', () => {
    const container: JsonObject = { name: 'a', livenessProbe: {}, readinessProbe: {} };
    const pod: JsonObject = {
      metadata: { name: 'x', labels: { app: 'web' } },
      spec: { containers: [container] },
    };
    profileOf('general')(pod, container, 'copy', keep);
    expect(pod['metadata']).toEqual({ name: 'x' });
    expect(container).not.toHaveProperty('livenessProbe');
  });

  it('are known by name', () => {
    expect(() => profileOf('constructor')).toThrow('unknown profile: constructor');
  });
});
