export interface TimedValue {
  readonly atMs: number;
  readonly value: number;
}

/** More points give no better trend, and the pairs grow with the square. */
const MOST_POINTS = 200;

/**
 * The slope of a series as the median of the slopes of all pairs of points (Theil-Sen): up to 29 % of the points may
 * be outliers without moving it.
 *
 * @returns change of the value per millisecond; 0 for fewer than two points
 */
export function theilSenSlope(points: readonly TimedValue[]): number {
  const used = thinned(points);
  const slopes: number[] = [];
  for (const [index, one] of used.entries()) {
    for (const other of used.slice(index + 1)) {
      if (other.atMs > one.atMs) slopes.push((other.value - one.value) / (other.atMs - one.atMs));
    }
  }
  return median(slopes);
}

function median(values: number[]): number {
  if (values.length === 0) return 0;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

function thinned(points: readonly TimedValue[]): readonly TimedValue[] {
  const step = Math.ceil(points.length / MOST_POINTS);
  return points.filter((_, index) => (points.length - 1 - index) % step === 0);
}
