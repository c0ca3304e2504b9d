import { constants, deflateSync } from 'node:zlib';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { unlessUnsuited, Unsuited } from '../libgit2/unsuited.error.js';
import { inflate, inflateBy } from './inflate.js';
import { reusedZlib } from './reused-zlib.js';

const MAX_BYTES = 6_000;
const { Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE } = constants;

/** As skewed as text, so that codes have words of many lengths, or as even as ids. */
const bytes = fc
  .tuple(
    fc.uint8Array({ maxLength: MAX_BYTES }),
    fc.constantFrom(0, 1, 3, 7, 15, 255),
    fc.integer({ min: 1, max: 9 }),
  )
  .map(([content, mask, times]) =>
    Buffer.concat(Array<Uint8Array>(times).fill(content.map((byte) => byte & mask))),
  );
const shape = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  strategy: fc.constantFrom(Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE),
});

describe.each([
  ['with one zlib for all', inflate],
  ['with a zlib for each', inflateBy(undefined)],
])('Inflating streams %s', (_, inflated) => {
  it('makes what was deflated, whatever follows the stream', () => {
    fc.assert(
      fc.property(bytes, shape, fc.uint8Array({ maxLength: 8 }), (content, options, more) => {
        const stream = Buffer.concat([deflateSync(content, options), more]);

        expect(inflated(stream, content.length).equals(content)).toBe(true);
      }),
    );
  });

  it('makes it of words of all lengths', () => {
    const skewed = Array.from({ length: 18 }, (_, power) => Buffer.alloc(2 ** Math.max(0, power - 4), power));
    const content = Buffer.concat(skewed);
    const stream = deflateSync(content, { strategy: Z_HUFFMAN_ONLY });

    expect(inflated(stream, content.length).equals(content)).toBe(true);
  });

  it.each([-1, 1])('refuses a stream of another size by %s', (more) => {
    const content = Buffer.from('a text, a text, a text');

    expect(() => inflated(deflateSync(content), content.length + more)).toThrow(Unsuited);
  });

  it('refuses a stream that is cut', () => {
    const content = Buffer.from('a text, another text, and a text');
    const stream = deflateSync(content);

    for (let length = 0; length < stream.length; length += 1)
      expect(() => inflated(stream.subarray(0, length), content.length)).toThrow(Unsuited);
  });

  it('says the truth of a damaged stream, or nothing', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });

    fc.assert(
      fc.property(bytes, shape, damage, (content, options, changes) => {
        const stream = Buffer.from(deflateSync(content, options));
        for (const [at, to] of changes) stream[at % stream.length] = to;
        const said = unlessUnsuited(() => inflated(stream, content.length));

        expect(said?.equals(content) ?? true).toBe(true);
      }),
    );
  });
});

describe('One zlib for all streams', () => {
  it('is what this Node has inside', () => {
    expect(reusedZlib()).toBeDefined();
  });

  it('inflates as before after a damaged stream', () => {
    const content = Buffer.from('a text, another text, and a text');
    const stream = deflateSync(content);

    expect(() => inflate(Buffer.alloc(20, 255), 20)).toThrow(Unsuited);
    expect(inflate(stream, content.length).equals(content)).toBe(true);
  });

  it.each<readonly [string, unknown]>([
    ['has no handle', {}],
    ['has another way to write', { _handle: { reset: () => undefined }, _writeState: new Uint32Array(2) }],
    [
      'says another thing than what it has done',
      {
        _handle: { reset: () => undefined, writeSync: () => undefined },
        _writeState: new Uint32Array([1, 0]),
      },
    ],
  ])('is not used where the stream %s', (_, stream) => {
    expect(reusedZlib(() => stream)).toBeUndefined();
  });

  it('is not used where nobody has tried what this Node has inside', () => {
    expect(reusedZlib(undefined, '99.0.0')).toBeUndefined();
  });
});
