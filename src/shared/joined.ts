/**
 * `{ ...one, ...more }` for what each call makes. A literal that adds to what it has spread leaves a hidden class in V8's old
 * generation every time (Node 20: 75 to 250 bytes); this leaves nothing. Not for what a caller has sent: a field `__proto__` would
 * be its prototype.
 */
export function joined<One extends object, More extends object>(
  one: One,
  more: More,
): Omit<One, keyof More> & More {
  return Object.assign({}, one, more);
}
