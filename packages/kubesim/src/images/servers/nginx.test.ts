import { utf8Decode } from '@podwire/sim';
import { expect, test } from 'vitest';
import { TestCluster } from '../../cluster.test-support.ts';

const BOOTED = TestCluster.boot();

function run(
  cluster: TestCluster,
  argv: readonly string[],
): { readonly text: string; readonly code: number | undefined } {
  const started = cluster.cluster.exec({ kind: 'pod', namespace: 'default', name: 'web' }, argv);
  if (!started.ok) throw new Error(started.reason);
  const ran = { text: '', code: undefined as number | undefined };
  const collect = (data: Uint8Array): void => {
    ran.text += utf8Decode(data);
  };
  started.handle.onStdout(collect);
  started.handle.onStderr(collect);
  started.handle.onExit((code) => (ran.code = code));
  started.handle.closeStdin();
  cluster.run(1000);
  return ran;
}

test('nginx -t judges the configuration, and -v says which nginx it is', () => {
  const cluster = BOOTED.fork();
  cluster.createPod('web', { containers: [{ name: 'main', image: 'nginx:1.29' }] });
  cluster.settle();
  expect(run(cluster, ['nginx', '-v'])).toEqual({ text: 'nginx version: nginx/1.29.3\n', code: 0 });
  expect(run(cluster, ['nginx', '-t'])).toEqual({
    text: 'nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\nnginx: configuration file /etc/nginx/nginx.conf test is successful\n',
    code: 0,
  });
  expect(run(cluster, ['nginx', '-s', 'reload'])).toMatchObject({ code: 1 });
});
