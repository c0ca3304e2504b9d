/** Characters from which on what is done to a text takes milliseconds. */
const LONG = 100_000;

let last: Promise<void> = Promise.resolve();

/**
 * Before something is done to a whole text: waits, for a long one, for a turn of the event loop that no other long one
 * has. Whoever has a short question in between waits for one such stretch, and not for all that are there to be done.
 */
export function ownTurnFor({ length }: string): Promise<void> | undefined {
  if (length < LONG) return undefined;
  last = last.then(nextTurn);
  return last;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
