import type { ExpectStatic } from 'vitest';
import { shown } from './compare.ts';
import type { Pair } from './pair.ts';
import type { Script } from './script.ts';

/** Types every line on both sides; each that differs is told, and each that is known to differ must. */
export async function compareAll(pair: Pair, script: Script, expect: ExpectStatic): Promise<void> {
  await pair.open();
  try {
    for (const line of script.lines) {
      const { line: text, known } = typeof line === 'string' ? { line, known: undefined } : line;
      const { ours, real } = await pair.run(line);
      if (known === undefined) expect.soft(shown(ours), `kubectl ${text}`).toBe(shown(real));
      else expect.soft(shown(ours), `kubectl ${text}: ${known}`).not.toBe(shown(real));
    }
  } finally {
    pair.close();
  }
}
