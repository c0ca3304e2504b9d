/**
 * A quantile out of the cumulative buckets of a histogram, by linear interpolation within the bucket, as Prometheus does.
 *
 * @param buckets how many were at most each bound
 * @returns in the unit of the bounds; the highest finite bound for what lies above it; 0 where nothing was measured
 */
export function bucketQuantile(buckets: ReadonlyMap<number, number>, share: number): number {
  const bounds = [...buckets].toSorted(([one], [other]) => one - other);
  const total = bounds.at(-1)?.[1] ?? 0;
  const rank = share * total;
  let [below, countBelow] = [0, 0];
  for (const [bound, count] of bounds) {
    if (count >= rank && count > countBelow) {
      if (!Number.isFinite(bound)) return below;
      return below + ((bound - below) * (rank - countBelow)) / (count - countBelow);
    }
    [below, countBelow] = [bound, count];
  }
  return 0;
}
