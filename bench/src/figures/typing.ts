import type { Terminal } from '../learner.ts';

/** A quick typist: five keys a second. */
export const KEY_INTERVAL_MS = 200;
const LINE = 'echo hello, world\r';

/**
 * Types for a while, a key at its time or as soon as the one before is echoed. A key's time counts from when it
 * was due, so that a late echo is not hidden by the keys that it holds back.
 */
export async function typeFor(
  terminal: Terminal,
  durationMs: number,
  firstAfterMs: number,
): Promise<readonly number[]> {
  const samples: number[] = [];
  const begunMs = performance.now() + firstAfterMs;
  for (let key = 0; key * KEY_INTERVAL_MS < durationMs; key++) {
    const dueMs = begunMs + key * KEY_INTERVAL_MS;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));
    // Timers strike late here, too, which is not the server's doing; a key that was held back counts from its time.
    const fromMs =
      samples.length > 0 && performance.now() - dueMs > KEY_INTERVAL_MS ? dueMs : performance.now();
    const echoed = terminal.echo();
    terminal.type(LINE[key % LINE.length] ?? 'x').catch(() => undefined);
    await echoed;
    samples.push(performance.now() - fromMs);
  }
  return samples;
}
