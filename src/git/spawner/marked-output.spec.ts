import { assert, array, nat, property, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { MarkedOutput } from './marked-output.js';

const MARK = Buffer.from('0123456789abcdef');

/** What is told of the bytes, given in parts that end at these places, and after which part it was whole. */
function told(bytes: Buffer, ends: readonly number[]): { data: string; whole: number } {
  const data: Buffer[] = [];
  let whole = 0;
  const output = new MarkedOutput(MARK, () => (whole += 1));
  output.on('data', (chunk: Buffer) => data.push(chunk));
  let from = 0;
  for (const end of [...ends.map((at) => at % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]) {
    output.push(bytes.subarray(from, end));
    from = end;
  }
  return { data: Buffer.concat(data).toString('latin1'), whole };
}

const bytes = uint8Array({ maxLength: 40 }).filter((part) => !Buffer.from(part).includes(MARK));

describe('The output between two marks', () => {
  it('is told whatever parts it comes in, and nothing of what stands before or after', () => {
    assert(
      property(bytes, bytes, bytes, array(nat(200), { maxLength: 8 }), (before, own, after, ends) => {
        const stream = Buffer.concat([before, MARK, own, MARK, after]);
        expect(told(stream, ends)).toEqual({ data: Buffer.from(own).toString('latin1'), whole: 1 });
      }),
    );
  });

  it('is not whole before the second mark', () => {
    const stream = Buffer.concat([MARK, Buffer.from('a beginning'), MARK.subarray(0, 15)]);
    expect(told(stream, [3, 20]).whole).toBe(0);
  });

  it('is told at once where no mark can have begun', () => {
    expect(told(Buffer.concat([MARK, Buffer.from('ready\n')]), []).data).toBe('ready\n');
  });

  it('is told to nobody once nobody reads on', () => {
    const data: Buffer[] = [];
    let whole = 0;
    const output = new MarkedOutput(MARK, () => (whole += 1));
    output.on('data', (chunk: Buffer) => data.push(chunk));
    output.push(MARK);
    output.destroy();
    output.push(Buffer.concat([Buffer.from('more'), MARK]));
    expect([data.length, whole]).toEqual([0, 1]);
  });
});
