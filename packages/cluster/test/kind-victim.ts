/**
 * A process that makes one kind cluster or takes it up again, uses it, and puts it away or removes it, and says how far
 * it is: to be killed in between. `kind-victim.ts INSTALLATION STATE-DIRECTORY create|adopt UNTIL`
 */
import process from 'node:process';
import { KindProvider } from '../src/kind/provider.ts';
import { kindTestOptions, smallOrigin, Told } from './kind-told.ts';

const [, , installation = '', stateDirectory = '', deed = 'create', until = ''] = process.argv;
const say = (mark: string): void => void process.stdout.write(`${mark}\n`);

class Saying extends Told {
  override onProgress(progress: Parameters<Told['onProgress']>[0]): void {
    super.onProgress(progress);
    if (progress.kind === 'step') say(progress.text);
  }
}

const provider = await KindProvider.open({ ...kindTestOptions(installation), stateDirectory });
say('begins');
const history = { records: [], clusterTimeMs: 0 };
const cluster = await provider.create('s1', smallOrigin, new Saying(), deed === 'adopt' ? { history } : {});
if (deed === 'create') await cluster.writeFile('/home/learner/kept.txt', 'kept\n');
say('is ready');
await cluster.openTerminal({ terminalId: 't1', place: { kind: 'toolbox' }, columns: 80, rows: 24 });
cluster.sendInput('t1', 1, 'kubectl get pods\r');
const use = (): Promise<unknown> =>
  cluster.probe({
    from: { kind: 'pod', namespace: 'default', name: 'asker' },
    to: { kind: 'host', host: '127.0.0.1' },
    port: 8080,
    protocol: 'tcp',
    timeoutMs: 1_000,
  });
await use();
if (until === 'suspends') {
  say('suspends');
  await cluster.suspend();
} else if (until === 'removes') {
  say('removes');
  await cluster.destroy();
} else for (;;) await use();
