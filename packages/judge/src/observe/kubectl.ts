import type { Names } from '../apply/names.ts';
import type { Bench } from '../bench/bench.ts';
import { WATCH_NAMESPACE } from '../world/world.ts';
import type { World } from '../world/world.ts';
import type { Observation } from './observation.ts';

/** kubectl's output for what people look at, ages, addresses and the widths of columns aside. */
export async function observeKubectl(bench: Bench, names: Names, world: World): Promise<Observation> {
  const observation: Record<string, readonly string[]> = {};
  for (const { name: namespace } of world.namespaces) {
    if (namespace === WATCH_NAMESPACE) continue;
    for (const command of [
      `get services,networkpolicies,endpointslices -o wide --sort-by=.metadata.name`,
      'get pods -o wide --show-labels',
      'describe services',
      'describe networkpolicies',
      `describe namespace ${namespace}`,
    ]) {
      const run = await bench.kubectl([...command.split(' '), '--namespace', namespace]);
      observation[`kubectl | ${command} -n ${namespace}`] = [
        `exit code ${run.code}`,
        ...linesOf(names, run.stderr),
        ...linesOf(names, run.stdout),
      ];
    }
  }
  return observation;
}

function linesOf(names: Names, text: string): readonly string[] {
  return names
    .plain(text)
    .replace(/^Warning: .*is deprecated.*\n/gm, '')
    .replace(/^(Created on:\s+).*$/gm, '$1<time>')
    .replace(/(?<=\s)(?:\d+[smhdy])+(?=\s|\)|$)/gm, 'AGE')
    .replace(/\b(s\d|peers)-[a-z0-9]{5}\b/g, '$1-…')
    .split('\n')
    .map((line) => line.replace(/ {2,}/g, '  ').trimEnd())
    .map((line) =>
      line.replace(
        /^(Endpoints:\s+)(.*)$/,
        (_, head: string, list: string) => `${head}${list.split(',').sort().join(',')}`,
      ),
    )
    .filter((line) => line !== '');
}
