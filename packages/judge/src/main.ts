import path from 'node:path';
import process from 'node:process';
import { Command, Option } from 'commander';
import { prepare } from './apply/prepare.ts';
import type { Bench } from './bench/bench.ts';
import { PlantedBench, PLANTS } from './bench/planted.ts';
import { RealBench } from './bench/real.ts';
import { SimulatedBench } from './bench/simulated.ts';
import { compare } from './compare.ts';
import type { Difference } from './compare.ts';
import { judgeWorld, smallestWorld } from './judge.ts';
import { observeRefusals } from './refusals/observe.ts';
import { REGRESSIONS, writeRegression } from './regressions.ts';
import { reportDifference, reportExplained, reportWorld } from './report.ts';
import { generateWorld } from './world/generate.ts';

interface Options {
  readonly worlds: string;
  readonly seed: string;
  readonly from: string;
  readonly kubeconfig?: string;
  readonly sim: boolean;
  readonly plant?: string;
  readonly minimise: string;
  readonly record?: string;
  readonly stopAfter: string;
}

/** Every so many worlds kubectl's output is compared too: on a busy machine its starts take longer than the probes. */
const KUBECTL_EVERY = 4;
/** Worlds that are tried to make one difference small. */
const DEFAULT_BUDGET = 40;
const EXIT = { same: 0, different: 1, usage: 2 } as const;

const command = new Command('diff:kind')
  .description('Makes random worlds on a real cluster and on the simulation, and compares what they do.')
  .option('--worlds <number>', 'how many worlds', '10')
  .option('--seed <number>', 'the seed of the worlds', '1')
  .option('--from <number>', 'the number of the first world', '0')
  .addOption(
    new Option('--kubeconfig <file>', 'the real cluster, whose objects will be changed').env(
      'PODWIRE_JUDGE_KUBECONFIG',
    ),
  )
  .option('--sim', 'a second simulation in place of the real cluster', false)
  .addOption(
    new Option('--plant <rule>', 'a rule to turn round in the simulation').choices(
      PLANTS.map(({ name }) => name),
    ),
  )
  .option('--minimise <worlds>', 'tries to make a difference small; 0: none', String(DEFAULT_BUDGET))
  .option('--stop-after <worlds>', 'end after so many worlds that differ', '1000')
  .option('--record [folder]', 'keep what was found for the tests');

async function main(options: Options): Promise<number> {
  const numbers = [options.worlds, options.seed, options.from, options.minimise, options.stopAfter].map(
    Number,
  );
  const [worlds = 0, seed = 0, from = 0, budget = 0, stopAfter = 0] = numbers;
  if (numbers.some((number) => !Number.isInteger(number) || number < 0)) {
    process.stderr.write(
      'diff:kind: --worlds, --seed, --from, --minimise and --stop-after are whole numbers.\n',
    );
    return EXIT.usage;
  }
  if (options.sim === (options.kubeconfig !== undefined)) {
    process.stderr.write(
      'diff:kind: give --kubeconfig FILE for a real cluster, or --sim for a second simulation.\n',
    );
    return EXIT.usage;
  }
  const simulation = SimulatedBench.boot();
  await prepare(simulation);
  const truth: Bench =
    options.kubeconfig === undefined
      ? SimulatedBench.boot('second simulation')
      : new RealBench(path.resolve(process.env['INIT_CWD'] ?? '.', options.kubeconfig));
  await prepare(truth);
  const plant = PLANTS.find(({ name }) => name === options.plant);
  const judged = (): Bench =>
    plant === undefined ? simulation.fork() : new PlantedBench(simulation.fork(), plant);
  const folder =
    options.record === undefined
      ? undefined
      : options.record === ''
        ? REGRESSIONS
        : path.resolve(options.record);

  const refused = await observeRefusals(truth);
  const manifests = compare(refused, await observeRefusals(judged()));
  print(`${Object.keys(refused).length} manifests compared, ${manifests.length} answered differently`);
  for (const difference of manifests) print(reportDifference(difference));
  if (folder !== undefined)
    writeRegression(folder, 'manifests', {
      about: 'Answers to manifests',
      world: generateWorld(0, 0),
      truth: refused,
    });

  const totals = { compared: 0, probes: 0, differences: 0, worlds: 0, differing: 0 };
  const explained = new Map<string, number>();
  const seen = new Set<string>();
  for (let number = from; number < from + worlds && totals.differing < stopAfter; number++) {
    const started = performance.now();
    const verdict = await judgeWorld({ truth, judged }, generateWorld(seed, number), {
      kubectl: number % KUBECTL_EVERY === 0,
    });
    totals.worlds += 1;
    totals.compared += verdict.compared;
    totals.probes += verdict.probes;
    totals.differences += verdict.differences.length;
    for (const [id, count] of verdict.explained) explained.set(id, (explained.get(id) ?? 0) + count);
    const seconds = Math.round((performance.now() - started) / 1000);
    print(
      `world ${seed}-${number}: ${verdict.compared} compared, ${verdict.probes} of them probes, ${verdict.differences.length} differ (${seconds} s)`,
    );
    if (verdict.differences.length === 0) continue;
    totals.differing += 1;
    for (const difference of verdict.differences) print(reportDifference(difference));
    // One world for each sort of difference: the rest are shown and not made small.
    for (const difference of verdict.differences) {
      const sort = sortOf(difference);
      if (seen.has(sort)) continue;
      seen.add(sort);
      const world =
        budget === 0
          ? verdict.world
          : await smallestWorld({ truth, judged }, verdict.world, difference, budget);
      print(`  ${budget === 0 ? 'world' : 'smallest world'} for ${difference.key}:\n${reportWorld(world)}`);
      if (folder === undefined) continue;
      const file = writeRegression(folder, `${world.name}-${difference.key}`, {
        about: difference.key,
        world,
        truth: { [difference.key]: verdict.truth[difference.key] ?? [] },
      });
      print(`  kept as ${path.relative(process.cwd(), file)}`);
    }
  }
  print(
    `${totals.worlds} worlds, ${totals.probes} probes, ${totals.compared} answers compared; ${totals.differences} differ in ${totals.differing} worlds`,
  );
  if (explained.size > 0) print(`documented choices:\n${reportExplained(explained)}`);
  await truth.close();
  return totals.differences + manifests.length === 0 ? EXIT.same : EXIT.different;
}

/** Differences that look alike: the same question, the same answers, whoever asked. */
function sortOf({ key, expected, found }: Difference): string {
  const plain = (text: string): string => text.replace(/\b(alpha|beta|gamma)\b|[ps]\d|\d+/g, '·');
  const kind = key.startsWith('reach') ? plain(key).replace(/.*→/, '') : plain(key);
  return `${kind} ${plain((expected ?? []).slice(0, 2).join())} ${plain((found ?? []).slice(0, 2).join())}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

command.parse();
process.exitCode = await main(command.opts<Options>());
