import { expect, test } from 'vitest';
import { TestCluster } from '../cluster.test-support.ts';

const AGNHOST = 'registry.k8s.io/e2e-test-images/agnhost:2.53';
const BOOTED = TestCluster.boot();
const main = { name: 'main', image: AGNHOST, args: ['pause'] };
const onPort = { ...main, ports: [{ containerPort: 80, hostPort: 21_017 }] };

test.each<[string, object, string, string]>([
  [
    'a host port that another pod has',
    { containers: [onPort] },
    'NodePorts',
    "Pod was rejected: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
  ],
  [
    'more than the node has',
    { containers: [{ ...main, resources: { requests: { cpu: '64' } } }] },
    'OutOfcpu',
    "Pod was rejected: Node didn't have enough resource: cpu, requested: 64000, used: ",
  ],
  [
    'labels that the node lacks',
    { containers: [main], nodeSelector: { disk: 'ssd' } },
    'NodeAffinity',
    "Pod was rejected: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
  ],
])('KL10: a pod that names its node and wants %s fails there at once', (_name, spec, reason, message) => {
  const cluster = BOOTED.fork();
  cluster.createPod('first', { containers: [onPort], nodeName: 'podwire-worker' });
  cluster.settle();
  cluster.createPod('second', { nodeName: 'podwire-worker', ...spec });
  cluster.run(2000);
  const { status } = cluster.pod('second');
  expect(status).toMatchObject({ phase: 'Failed', reason });
  expect((status as { message?: string }).message).toContain(message);
  expect(cluster.events('second').join('\n')).toContain(`${reason}: `);
  expect(cluster.pod('first').status.phase).toBe('Running');
});
