import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { TemporaryFolder } from '../../../test/support/temporary-folder.js';
import { Unsuited } from '../libgit2/unsuited.error.js';
import { PackIndex } from './pack.index.js';

const TABLES_AT = 8 + 256 * 4;

function idOf(number: number): Buffer {
  const id = Buffer.alloc(20, 0xab);
  id.writeUInt32BE(number, 16);
  return id;
}

/** Of objects whose ids begin alike; each lies at a hundred times its number. */
function indexOfAlike(count: number): Buffer {
  const bytes = Buffer.alloc(TABLES_AT + count * 28 + 40);
  bytes.writeUInt32BE(0xff_74_4f_63, 0);
  bytes.writeUInt32BE(2, 4);
  for (let byte = 0xab; byte < 256; byte += 1) bytes.writeUInt32BE(count, 8 + byte * 4);
  for (let at = 0; at < count; at += 1) {
    idOf(at).copy(bytes, TABLES_AT + at * 20);
    bytes.writeUInt32BE(at * 100, TABLES_AT + count * 24 + at * 4);
  }
  return bytes;
}

describe('The index of a pack', () => {
  let folder: TemporaryFolder;
  let index: PackIndex | undefined;

  const open = (count: number) => {
    const path = folder.write('pack.idx', indexOfAlike(count).toString('latin1'), undefined, 'latin1');
    return (index = new PackIndex(path));
  };

  beforeEach(() => {
    folder = new TemporaryFolder();
  });

  afterEach(() => {
    index?.close();
    index = undefined;
    folder.remove();
  });

  it('finds each of a few ids that begin alike, and none that is not there', () => {
    const few = open(3);

    expect([0, 1, 2, 3].map((number) => few.offsetOf(idOf(number)))).toEqual([0, 100, 200, undefined]);
  });

  it('is left to others where so many begin alike that looking through them would take its time', () => {
    const many = open(1_000);

    expect(() => many.offsetOf(idOf(900))).toThrow(Unsuited);
  });
});
