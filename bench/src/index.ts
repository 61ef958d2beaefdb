import { loadavg } from 'node:os';
import process from 'node:process';
import { meets } from './figure.ts';
import type { Bench, Figure } from './figure.ts';
import { FIGURES, ON_REQUEST } from './figures/index.ts';

function progress(text: string): void {
  process.stderr.write(`  ${text}\n`);
}

/** Runs one figure and tells each of its measurements: one JSON line on standard output. */
async function measure(figure: Figure): Promise<boolean> {
  const undo: (() => Promise<void> | void)[] = [];
  const bench: Bench = { progress, atEnd: (each) => undo.push(each) };
  process.stderr.write(`${figure.name}: ${figure.about}\n`);
  try {
    const [load = 0] = loadavg();
    const measurements = await figure.run(bench);
    for (const measurement of measurements) {
      const goal = measurement.goal === undefined ? {} : { met: meets(measurement) };
      process.stdout.write(
        `${JSON.stringify({ ...measurement, ...goal, loadBefore: Math.round(load * 10) / 10 })}\n`,
      );
    }
    return true;
  } catch (error) {
    process.stderr.write(
      `${figure.name} could not be measured: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    return false;
  } finally {
    for (const each of undo.reverse()) await each();
  }
}

async function main(names: readonly string[]): Promise<void> {
  const known = [...FIGURES, ...ON_REQUEST];
  const unknown = names.filter((name) => !known.some((figure) => figure.name === name));
  if (unknown.length > 0) {
    process.stderr.write(
      `There is no figure ${unknown.join(', ')}. There are:\n${known.map(({ name, about }) => `  ${name}: ${about}`).join('\n')}\n`,
    );
    process.exitCode = 2;
    return;
  }
  const chosen = names.length === 0 ? FIGURES : known.filter((figure) => names.includes(figure.name));
  for (const figure of chosen) if (!(await measure(figure))) process.exitCode = 1;
}

await main(process.argv.slice(2));
process.exit();
