/** A generator of numbers that gives the same ones for the same seed: a find can be repeated. */
export class Dice {
  constructor(private state: number) {}

  /** @returns a whole number below `limit` */
  below(limit: number): number {
    // mulberry32
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  of<Value>(values: readonly Value[]): Value {
    return values[this.below(values.length)] as Value;
  }
}

export const JUNK: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1e300,
  2 ** 53,
  '',
  'HEAD',
  '--output=x',
  '\0',
  '\ud800',
  '../../etc/passwd',
  'x'.repeat(5_000),
  [],
  {},
  [[[[[[]]]]]],
  { __proto__: null, constructor: 'x' },
  '😀'.repeat(40),
];
const KEYS = [
  'type',
  'params',
  'name',
  'arguments',
  'token',
  'resume',
  '__proto__',
  'constructor',
  'cursor',
  'method',
  'jsonrpc',
];

/** Changes a JSON value in up to three places: values replaced, keys removed, added, doubled. The key `id` is left alone. */
export function mutated(value: object, dice: Dice): string {
  const copy = JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
  for (let changes = dice.below(3) + 1; changes > 0; changes -= 1) mutate(copy, dice);
  let text = JSON.stringify(copy);
  // A key that comes twice is nothing that an object can hold.
  if (dice.below(8) === 0)
    text = text.replace('{', `{${JSON.stringify(dice.of(KEYS))}:${JSON.stringify(dice.of(JUNK))},`);
  return text;
}

function mutate(target: Record<string, unknown>, dice: Dice): void {
  const keys = Object.keys(target).filter((key) => key !== 'id');
  const key = keys.length > 0 && dice.below(6) > 0 ? dice.of(keys) : dice.of(KEYS);
  // What is not its own, as `__proto__`, belongs to every object of this process.
  const inner = Object.hasOwn(target, key) ? target[key] : undefined;
  if (typeof inner === 'object' && inner !== null && dice.below(3) > 0)
    return mutate(inner as Record<string, unknown>, dice);
  if (dice.below(5) === 0) delete target[key];
  else
    Object.defineProperty(target, key, {
      value: structuredClone(dice.of(JUNK)),
      enumerable: true,
      configurable: true,
      writable: true,
    });
}

/** @param other bytes of something else that could stand there. @returns the bytes after one accident */
export function damaged(bytes: Buffer, other: () => Buffer, dice: Dice): { bytes: Buffer; how: string } {
  const at = dice.below(Math.max(1, bytes.length));
  const some = Buffer.from(Array.from({ length: 1 + dice.below(8) }, () => dice.below(256)));
  const accidents: readonly (readonly [how: string, result: () => Buffer])[] = [
    ['emptied', () => Buffer.alloc(0)],
    ['cut short', () => bytes.subarray(0, at)],
    ['zeroed', () => Buffer.alloc(bytes.length)],
    [
      'with other bytes',
      () => Buffer.concat([bytes.subarray(0, at), some, bytes.subarray(at + some.length)]),
    ],
    ['with more bytes', () => Buffer.concat([bytes.subarray(0, at), some, bytes.subarray(at)])],
    ['twice', () => Buffer.concat([bytes, bytes])],
    ['swapped', other],
    ['with a line more', () => Buffer.concat([bytes, dice.of(LINES)])],
  ];
  const [how, result] = dice.of(accidents);
  return { bytes: result(), how: `${how} at ${at} of ${bytes.length}` };
}

const LINES = [
  '\n',
  '[core]\n\tbare = maybe\n',
  '[core\n',
  'ref: refs/heads/\n',
  '* -text !x [attr]y\n',
  '\0\n',
  `${'x'.repeat(70_000)}\n`,
].map((line) => Buffer.from(line));
