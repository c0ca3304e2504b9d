import { Inject, Injectable } from '@nestjs/common';

import { gitFailure } from '../cli/git-failure.js';
import { GIT_CLI, type GitCli, type GitRunOptions } from '../git-cli.port.js';
import { isElsewhere, searchFailure } from '../reads/search-failure.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { type Trial } from '../writes/trial-index.service.js';

/** Of the lines that git puts around each object. */
const PER_OBJECT_BYTES = 256;
const MAX_LISTING_BYTES = 64 * 2 ** 20;
/** As git tells binary files, whatever the attributes of the repository say. */
const LOOKED_AT_FOR_NUL = 8_000;

export interface ReadBlobs {
  /** By the name that was asked for. Binary ones are not among them. */
  readonly texts: ReadonlyMap<string, string>;
  /** How many would have been more than `maxBytes` in all. */
  readonly tooMany: number;
}

/** Reads what blobs hold, as git has stored it: no filter, no attribute and no replacement has a say. */
@Injectable()
export class BlobReader {
  constructor(@Inject(GIT_CLI) private readonly git: GitCli) {}

  /**
   * @param names ids or `<commit>:<path>`; what is no blob, or missing, is left out
   * @param trial where some of them are objects that the repository does not have
   */
  async texts(
    repository: Repository,
    names: readonly string[],
    maxBytes: number,
    signal: AbortSignal,
    trial: Trial = {},
  ): Promise<ReadBlobs> {
    // A name of two lines would be two names.
    const asked = [...new Set(names)].filter((name) => !/[\n\0]/.test(name));
    const sizes = await this.sizes(repository, asked, signal, trial);
    const taken: string[] = [];
    let bytes = 0;
    for (const name of asked) {
      const size = sizes.get(name);
      if (size === undefined || bytes + size > maxBytes) continue;
      bytes += size;
      taken.push(name);
    }
    const texts = await this.contents(repository, taken, bytes, signal, trial);
    return { texts, tooMany: sizes.size - taken.length };
  }

  /**
   * As `texts`, of blobs of certain sizes only; both ends belong to them.
   *
   * @param ids of blobs
   * @returns and which of them the repository does not have
   * @throws ServerError `operation_failed` with `details.reason: 'too-many-entries'` beyond 64 MiB in all, `partial-clone`
   *   where git would fetch one of them
   */
  async textsOfSize(
    repository: Repository,
    ids: readonly string[],
    { least, most }: { readonly least: number; readonly most: number },
    signal: AbortSignal,
  ): Promise<{ readonly texts: ReadonlyMap<string, string>; readonly missing: readonly string[] }> {
    const asked = [...new Set(ids)];
    const sizes = await this.sizes(repository, asked, signal, {});
    const taken = [...sizes].filter(([, size]) => size >= least && size <= most);
    const bytes = taken.reduce((sum, [, size]) => sum + size, 0);
    if (bytes > MAX_LISTING_BYTES) {
      const message = 'There are more small files than can be read at once; name a folder of them';
      throw refused('too-many-entries', message);
    }
    const names = taken.map(([id]) => id);
    const texts = await this.contents(repository, names, bytes, signal, {});
    return { texts, missing: asked.filter((id) => !sizes.has(id)) };
  }

  private async sizes(
    repository: Repository,
    names: readonly string[],
    signal: AbortSignal,
    trial: Trial,
  ): Promise<ReadonlyMap<string, number>> {
    const format = '--batch-check=%(objecttype) %(objectsize)';
    const options = { ...trial, maxOutputBytes: MAX_LISTING_BYTES };
    const lines = (await this.batch(repository, format, names, signal, options)).split('\n');
    const blobs = names.flatMap((name, index) => {
      const size = /^blob (\d+)$/.exec(lines[index] ?? '')?.[1];
      return size === undefined ? [] : [[name, Number(size)] as const];
    });
    return new Map(blobs);
  }

  private async contents(
    repository: Repository,
    names: readonly string[],
    bytes: number,
    signal: AbortSignal,
    trial: Trial,
  ): Promise<ReadonlyMap<string, string>> {
    const options = { ...trial, maxOutputBytes: bytes + names.length * PER_OBJECT_BYTES };
    const output = await this.batch(repository, '--batch=%(objectsize)', names, signal, options);
    const texts = new Map<string, string>();
    let at = 0;
    for (const name of names) {
      const start = output.indexOf('\n', at) + 1;
      const size = Number(output.slice(at, start - 1));
      // It went missing since its size was asked for, and nothing follows the line that says so.
      if (Number.isNaN(size)) {
        at = start;
        continue;
      }
      const end = start + size;
      const raw = output.slice(start, end);
      if (!raw.slice(0, LOOKED_AT_FOR_NUL).includes('\0'))
        texts.set(name, Buffer.from(raw, 'latin1').toString());
      at = end + 1;
    }
    return texts;
  }

  private async batch(
    repository: Repository,
    option: string,
    names: readonly string[],
    signal: AbortSignal,
    options: GitRunOptions,
  ): Promise<string> {
    if (names.length === 0) return '';
    const command = { name: 'cat-file', options: [option], stdin: names.map((name) => `${name}\n`).join('') };
    const result = await this.git.run(repository, command, signal, { ...options, rawOutput: true });
    if (isElsewhere(result)) throw searchFailure(command.name, result);
    if (result.exitCode !== 0) throw gitFailure(command.name, result);
    return result.stdout;
  }
}
