import type { Rate } from './table.ts';

/** Callers remembered at once; when more come, the oldest windows are forgotten. */
const MAX_KEYS = 50_000;

interface Window {
  endsMs: number;
  count: number;
}

/** Counts calls in fixed windows, by key. */
export class RateLimiter {
  readonly #windows = new Map<string, Window>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** @returns undefined when allowed, else the seconds to wait. */
  take(key: string, rate: Rate): number | undefined {
    const nowMs = this.#nowMs();
    const window = this.#windows.get(key);
    if (window === undefined || window.endsMs <= nowMs) {
      this.#windows.delete(key);
      this.#windows.set(key, { endsMs: nowMs + rate.windowMs, count: 1 });
      this.#forget(nowMs);
      return undefined;
    }
    window.count += 1;
    return window.count <= rate.most ? undefined : Math.ceil((window.endsMs - nowMs) / 1_000);
  }

  /** Windows are in the order of their beginning, nearly that of their ends. */
  #forget(nowMs: number): void {
    for (const [key, window] of this.#windows) {
      if (this.#windows.size <= MAX_KEYS && window.endsMs > nowMs) break;
      this.#windows.delete(key);
    }
  }
}
