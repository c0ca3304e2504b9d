import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { arch, platform, version } from 'node:process';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';

const CHECKSUM_BYTES = 4;

/**
 * Compiles a file, from what V8 kept of it where that is at hand and made of this very source. V8 itself refuses what
 * another version of it or other flags have made; of the source it compares the length alone.
 *
 * @param source ASCII, as it is compiled, with whatever is put around the file
 */
export function compile(file: string, source: string): Script {
  return new Script(source, { filename: file, cachedData: kept(file, source) });
}

/** Keeps what has been compiled so far, functions that have been called included. */
export function keepCompiled(file: string, source: string, script: Script): void {
  const data = script.createCachedData();
  const half = `${pathOf(file)}.${process.pid}`;
  writeFileSync(half, Buffer.concat([checksumOf(source, data), data]));
  renameSync(half, pathOf(file));
}

function kept(file: string, source: string): Buffer | undefined {
  const path = pathOf(file);
  if (!existsSync(path)) return undefined;
  const bytes = readFileSync(path);
  const data = bytes.subarray(CHECKSUM_BYTES);
  return checksumOf(source, data).equals(bytes.subarray(0, CHECKSUM_BYTES)) ? data : undefined;
}

function pathOf(file: string): string {
  return `${file}.cache`;
}

/** Against accidents, at each start; whoever may write the cache may write the source as well. */
function checksumOf(source: string, data: Buffer): Buffer {
  const checksum = Buffer.alloc(CHECKSUM_BYTES);
  checksum.writeUInt32BE(crc32(data, crc32(source, crc32(`${version} ${platform} ${arch}\n`))));
  return checksum;
}
