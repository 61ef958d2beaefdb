/**
 * A process that creates, uses and removes one kind cluster, and says how far it is: to be killed in between.
 * `kind-victim.ts INSTALLATION STATE-DIRECTORY`
 */
import process from 'node:process';
import { KindProvider } from '../src/kind/provider.ts';
import { kindTestOptions, smallOrigin, Told } from './kind-told.ts';

const [, , installation = '', stateDirectory = ''] = process.argv;
const say = (mark: string): void => void process.stdout.write(`${mark}\n`);

class Saying extends Told {
  override onProgress(progress: Parameters<Told['onProgress']>[0]): void {
    super.onProgress(progress);
    if (progress.kind === 'step') say(progress.text);
  }
}

const provider = await KindProvider.open({ ...kindTestOptions(installation), stateDirectory });
say('begins');
const told = new Saying();
const cluster = await provider.create('s1', smallOrigin, told);
say('is ready');
await cluster.openTerminal({ terminalId: 't1', place: { kind: 'toolbox' }, columns: 80, rows: 24 });
cluster.sendInput('t1', 1, 'kubectl get pods\r');
await cluster.probe({
  from: { kind: 'pod', namespace: 'default', name: 'asker' },
  to: { kind: 'host', host: '127.0.0.1' },
  port: 8080,
  protocol: 'tcp',
  timeoutMs: 1_000,
});
say('removes');
await cluster.destroy();
say('has removed');
