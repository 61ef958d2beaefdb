const HUNDREDTHS = 100;

export function rounded(value: number): number {
  return Math.round(value * HUNDREDTHS) / HUNDREDTHS;
}

/** The smallest sample that `percent` of all are not above (nearest rank). */
export function percentile(samples: readonly number[], percent: number): number {
  if (samples.length === 0) throw new Error('there are no samples');
  const sorted = samples.toSorted((left, right) => left - right);
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}

export function median(samples: readonly number[]): number {
  return percentile(samples, 50);
}

/** The usual statistics, for `Measurement.detail`. */
export function summary(samples: readonly number[]): Record<'p50' | 'p95' | 'p99' | 'max', number> {
  return {
    p50: rounded(percentile(samples, 50)),
    p95: rounded(percentile(samples, 95)),
    p99: rounded(percentile(samples, 99)),
    max: rounded(percentile(samples, 100)),
  };
}
