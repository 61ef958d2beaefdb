import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface Spent {
  readonly wallMs: number;
  /** Of all threads of this process: on a shared machine it says more than the wall clock. */
  readonly cpuMs: number;
}

export async function spentOn(work: () => unknown): Promise<Spent> {
  const cpuBefore = process.cpuUsage();
  const begunMs = performance.now();
  await work();
  const wallMs = performance.now() - begunMs;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { wallMs, cpuMs: (user + system) / 1000 };
}

let collect: (() => void) | undefined;

/** Bytes that live objects take, after all garbage is collected. */
export function liveBytes(): number {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
