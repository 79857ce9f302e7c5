/** The middle of the values; of an even number, the mean of the two in the middle. NaN of none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * The value below which a share of all lies, between two values in proportion.
 * @param share 0 to 1.
 * @returns NaN of no values.
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  const position = (sorted.length - 1) * share;
  const low = sorted[Math.floor(position)] ?? Number.NaN;
  const high = sorted[Math.ceil(position)] ?? Number.NaN;
  return low + (high - low) * (position - Math.floor(position));
}

/** A figure over several rounds. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** What several rounds of one measurement say. */
export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** Quantiles of many single measurements. */
export interface Distribution {
  count: number;
  p50: number;
  p99: number;
  max: number;
}

/** Sums up many single measurements. */
export function distributionOf(values: readonly number[]): Distribution {
  return {
    count: values.length,
    p50: quantile(values, 0.5),
    p99: quantile(values, 0.99),
    max: values.reduce((highest, value) => Math.max(highest, value), Number.NEGATIVE_INFINITY),
  };
}
