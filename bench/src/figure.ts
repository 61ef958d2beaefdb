/** What a figure may be at most, or at least, in its unit. */
export interface Goal {
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** One measured figure: one JSON line. */
export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly unit: 'ms' | 's' | 'MiB' | 'kB' | 'score' | 'ratio' | 'per second' | 'per minute';
  /** How `value` came from the samples. */
  readonly statistic: 'median' | 'p50' | 'p95' | 'p99' | 'sum' | 'difference' | 'single';
  readonly samples: number;
  readonly goal?: Goal;
  /** Other statistics of the same samples, and what one has to know to read the value. */
  readonly detail?: Readonly<Record<string, number | string>>;
}

export interface Figure {
  readonly name: string;
  readonly about: string;
  run(bench: Bench): Promise<readonly Measurement[]>;
}

/** What a figure is given: where to say how far it is, and what to put right at its end, whatever happens. */
export interface Bench {
  progress(text: string): void;
  /** Runs at the figure's end, the last first. */
  atEnd(undo: () => Promise<void> | void): void;
}

export function meets({ value, goal }: Measurement): boolean {
  if (goal === undefined) return true;
  return value <= (goal.atMost ?? Infinity) && value >= (goal.atLeast ?? -Infinity);
}
