/**
 * Finds what somebody probably meant.
 *
 * @returns the candidate with the fewest differing letters, case and `_-.` aside; undefined where none is near
 */
export function nearestName(written: string, candidates: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  let fewest = Math.max(2, Math.floor(written.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = difference(written, candidate);
    if (distance < fewest) [nearest, fewest] = [candidate, distance];
  }
  return nearest;
}

// A key that was written without its section is nearer to its own name than to the whole path.
function difference(written: string, candidate: string): number {
  const whole = editDistance(plain(written), plain(candidate));
  const lastName = candidate.slice(candidate.lastIndexOf('.') + 1);
  const writtenName = written.slice(written.lastIndexOf('.') + 1);
  const names = editDistance(plain(writtenName), plain(lastName));
  return names === 0 ? Math.min(whole, 1) : whole;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

/** Damerau's optimal string alignment: insert, delete, replace or swap neighbours, one each. */
function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let cost = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
      );
      if (from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1] && row > 1 && column > 1) {
        cost = Math.min(cost, at(beforeLast, column - 2) + 1);
      }
      current.push(cost);
    }
    [beforeLast, last] = [last, current];
  }
  return at(last, to.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
