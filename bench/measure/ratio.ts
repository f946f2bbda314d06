/** Medians, percentiles, and the ratio of two things measured alternately. */

/** Fewer pairs give a figure that is marked, since nobody should quote it. */
export const ENOUGH_PAIRS = 9;

/** The median of the pairs' ratios, and an interval that holds the true median with at least 95% certainty. */
export interface Ratio {
  median: number;
  interval: [number, number];
  pairs: number;
}

/** The value below which the share `p` (0 to 1) of the values lies, interpolated. Values need not be sorted. */
export function quantile(values: readonly number[], p: number): number {
  if (values.length === 0) throw new RangeError("a quantile needs at least one value");
  const sorted = values.toSorted((a, b) => a - b);
  const at = p * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)] as number, sorted[Math.ceil(at)] as number];
  return low + (high - low) * (at - Math.floor(at));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Each round's value over the base of the same round; a slow minute of the machine then hits both. */
export function ratioOf(values: readonly number[], bases: readonly number[]): Ratio {
  if (values.length !== bases.length) throw new RangeError("a ratio needs as many values as bases");
  const ratios = values.map((value, index) => value / (bases[index] as number));
  return { median: median(ratios), interval: medianInterval(ratios), pairs: ratios.length };
}

/**
 * The interval of a median by order statistics: no assumption on the distribution. With nine values it reaches from the second to
 * the eighth (96%); with fewer than six no interval has 95%, and the whole range is given.
 */
export function medianInterval(values: readonly number[]): [number, number] {
  const sorted = values.toSorted((a, b) => a - b);
  let cut = 0;
  while (tail(sorted.length, cut + 2) <= 0.025) cut += 1;
  return [sorted[cut] as number, sorted[sorted.length - 1 - cut] as number];
}

/** Chance that fewer than `count` of `n` fair coins show heads. */
function tail(n: number, count: number): number {
  let sum = 0;
  let ways = 1;
  for (let heads = 0; heads < count; heads++) {
    sum += ways;
    ways = (ways * (n - heads)) / (heads + 1);
  }
  return sum / 2 ** n;
}
