import { describe, expect, it, test } from 'vitest';
import type { PodSpec } from 'kubernetes-types/core/v1';
import { DEPLOYMENT, TestServer } from '../../api-server.test-support.ts';
import { describeViolations, policyOf, violationsOf } from './policy.ts';

/** A pod that restricted lets in. */
const RESTRICTED: PodSpec = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [
    {
      name: 'a',
      image: 'i',
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    },
  ],
};

function broken(change: (spec: PodSpec) => void): PodSpec {
  const spec = JSON.parse(JSON.stringify(RESTRICTED)) as PodSpec;
  change(spec);
  return spec;
}

function container(settings: object): PodSpec {
  return broken((spec) => Object.assign(spec.containers[0]!.securityContext ?? {}, settings));
}

const said = (level: 'baseline' | 'restricted', spec: PodSpec, annotations = {}): string =>
  describeViolations(violationsOf({ level, version: 'latest' }, { annotations }, spec));

describe('API9: baseline refuses', () => {
  test.each<[string, PodSpec, string]>([
    ['nothing of a careful pod', RESTRICTED, ''],
    ['nothing of a careless one', { containers: [{ name: 'a', image: 'i' }] }, ''],
    [
      'privileged containers',
      container({ privileged: true }),
      'privileged (container "a" must not set securityContext.privileged=true)',
    ],
    [
      'host namespaces',
      broken((spec) => Object.assign(spec, { hostNetwork: true, hostPID: true })),
      'host namespaces (hostNetwork=true, hostPID=true)',
    ],
    [
      'hostPath volumes',
      broken((spec) => (spec.volumes = [{ name: 'v', hostPath: { path: '/' } }])),
      'hostPath volumes (volume "v")',
    ],
    [
      'host ports',
      broken(
        (spec) =>
          (spec.containers[0]!.ports = [
            { containerPort: 80, hostPort: 80 },
            { containerPort: 81, hostPort: 81 },
          ]),
      ),
      'hostPort (container "a" uses hostPorts 80, 81)',
    ],
    [
      'hosts in probes (since 1.34)',
      broken((spec) => (spec.containers[0]!.livenessProbe = { httpGet: { host: '10.0.0.1', port: 80 } })),
      'probe or lifecycle host (container "a" uses probe or lifecycle host "10.0.0.1")',
    ],
    [
      'capabilities beyond the default',
      container({ capabilities: { add: ['NET_RAW', 'CHOWN'] } }),
      'non-default capabilities (container "a" must not include "NET_RAW" in securityContext.capabilities.add)',
    ],
    [
      'unconfined seccomp',
      container({ seccompProfile: { type: 'Unconfined' } }),
      'seccompProfile (container "a" must not set securityContext.seccompProfile.type to "Unconfined")',
    ],
    [
      'unsafe sysctls',
      broken((spec) => (spec.securityContext!.sysctls = [{ name: 'kernel.msgmax', value: '1' }])),
      'forbidden sysctls (kernel.msgmax)',
    ],
    [
      'SELinux users and types',
      container({ seLinuxOptions: { type: 'spc_t', user: 'u' } }),
      'seLinuxOptions (container "a" set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set)',
    ],
    [
      'other proc mounts',
      container({ procMount: 'Unmasked' }),
      'procMount (container "a" must not set securityContext.procMount to "Unmasked")',
    ],
  ])('%s', (_name, spec, expected) => {
    expect(said('baseline', spec)).toBe(expected);
  });

  it('AppArmor profiles, by field and by annotation', () => {
    const spec = container({ appArmorProfile: { type: 'Unconfined' } });
    expect(said('baseline', spec, { 'container.apparmor.security.beta.kubernetes.io/a': 'unconfined' })).toBe(
      'forbidden AppArmor profiles (container "a" and annotation must not set AppArmor profile type to "Unconfined", "container.apparmor.security.beta.kubernetes.io/a="unconfined"")',
    );
  });
});

describe('API9: restricted refuses', () => {
  it('a careless pod, in upstream’s order and words', () => {
    const spec = {
      containers: [
        { name: 'a', image: 'i' },
        { name: 'b', image: 'i' },
      ],
    };
    expect(said('restricted', spec)).toBe(
      'allowPrivilegeEscalation != false (containers "a", "b" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (containers "a", "b" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or containers "a", "b" must set securityContext.runAsNonRoot=true), seccompProfile (pod or containers "a", "b" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    );
  });

  test.each<[string, PodSpec, string]>([
    ['nothing of a careful pod', RESTRICTED, ''],
    [
      'volumes of other types',
      broken(
        (spec) =>
          (spec.volumes = [
            { name: 'v', hostPath: { path: '/' } },
            { name: 'e', emptyDir: {} },
          ]),
      ),
      'restricted volume types (volume "v" uses restricted volume type "hostPath")',
    ],
    [
      'root, of pod and container',
      broken((spec) => {
        spec.securityContext!.runAsUser = 0;
        spec.containers[0]!.securityContext!.runAsUser = 0;
      }),
      'runAsUser=0 (pod and container "a" must not set runAsUser=0)',
    ],
    [
      'runAsNonRoot=false',
      container({ runAsNonRoot: false }),
      'runAsNonRoot != true (container "a" must not set securityContext.runAsNonRoot=false)',
    ],
    [
      'capabilities but one',
      container({ capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE', 'CHOWN'] } }),
      'unrestricted capabilities (container "a" must not include "CHOWN" in securityContext.capabilities.add)',
    ],
  ])('%s', (_name, spec, expected) => {
    expect(said('restricted', spec)).toBe(expected);
  });
});

describe('labels of a namespace', () => {
  const label = (mode: string): string => `pod-security.kubernetes.io/${mode}`;

  it('warns as it enforces, unless told otherwise', () => {
    const enforcing = { [label('enforce')]: 'baseline', [label('enforce-version')]: 'v1.30' };
    expect(policyOf(enforcing).policy.warn).toEqual({ level: 'baseline', version: 'v1.30' });
    expect(policyOf({ ...enforcing, [label('warn')]: 'restricted' }).policy.warn).toEqual({
      level: 'restricted',
      version: 'latest',
    });
  });

  it('enforces the strictest where a label cannot be read, and says so on create', () => {
    expect(policyOf({ [label('enforce')]: 'strict' }).policy.enforce.level).toBe('restricted');
    const answer = new TestServer().call('POST', '/api/v1/namespaces', {
      metadata: { name: 'ns', labels: { [label('enforce')]: 'strict' } },
    });
    expect(answer.status).toBe(422);
    expect(answer.body['message']).toBe(
      'Namespace "ns" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted',
    );
  });
});

describe('requests', () => {
  function guarded(level: string): TestServer {
    const server = new TestServer();
    server.call('POST', '/api/v1/namespaces', {
      metadata: { name: 'safe', labels: { 'pod-security.kubernetes.io/enforce': level } },
    });
    server.call('POST', '/api/v1/namespaces/safe/serviceaccounts', { metadata: { name: 'default' } });
    return server;
  }
  const pod = {
    metadata: { name: 'p' },
    spec: { hostNetwork: true, containers: [{ name: 'a', image: 'i' }] },
  };

  it('API9: a pod is refused, a Deployment is warned of', () => {
    const server = guarded('baseline');
    const refused = server.call('POST', '/api/v1/namespaces/safe/pods', pod);
    expect(refused.status).toBe(403);
    expect(refused.body['message']).toBe(
      'pods "p" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)',
    );
    const deployment = JSON.parse(JSON.stringify(DEPLOYMENT)) as { spec: { template: { spec: object } } };
    Object.assign(deployment.spec.template.spec, { hostNetwork: true });
    const warned = server.call('POST', '/apis/apps/v1/namespaces/safe/deployments', deployment);
    expect(warned.status).toBe(201);
    expect(warned.warnings).toContain(
      'would violate PodSecurity \\"baseline:latest\\": host namespaces (hostNetwork=true)',
    );
  });

  it('a namespace that becomes stricter names the pods that would not be let in', () => {
    const server = guarded('privileged');
    for (const name of ['p', 'q'])
      server.call('POST', '/api/v1/namespaces/safe/pods', { ...pod, metadata: { name } });
    const answer = server.call('PUT', '/api/v1/namespaces/safe', {
      metadata: { name: 'safe', labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } },
    });
    expect(answer.status).toBe(200);
    expect(answer.warnings).toContain(
      'existing pods in namespace \\"safe\\" violate the new PodSecurity enforce level \\"baseline:latest\\"',
    );
    expect(answer.warnings).toContain('p (and 1 other pod): host namespaces');
  });
});
