import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

import { Inject, Injectable } from '@nestjs/common';

import { gitFailure } from '../cli/git-failure.js';
import { GIT_CLI, type GitCli } from '../git-cli.port.js';
import { below, isBehindLink } from '../operations/file-moves.js';
import { type Repository } from '../repository.js';
import { nameText } from '../work-tree/path-lists.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { isBeyondBorder } from '../writes/work-tree-paths.js';
import { type Conflict, SIDES } from './conflict.js';

const ENTRY = /^(\d+) ([0-9a-f]+) ([123])\t(.*)$/s;
const AT_ONCE_BYTES = 8 * 2 ** 20;
const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** What a version of a file holds, as far as it was asked for. */
export interface VersionText {
  readonly size: number;
  /** Absent where the content is no text, or too large. */
  readonly text?: string;
}

/** Reads what is in conflict. */
@Injectable()
export class ConflictReader {
  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly state: RepositoryState,
  ) {}

  /** In the order of the index. */
  async list(repository: Repository, signal: AbortSignal): Promise<readonly Conflict[]> {
    this.state.requireWorkTree(repository);
    const listing = { name: 'ls-files', options: ['--unmerged', '-z'] };
    const records = await this.state.list(repository, listing, signal, { rawOutput: true });
    const found = new Map<string, Conflict>();
    for (const record of records) {
      const [, mode = '', id = '', stage = '', path = ''] = ENTRY.exec(record) ?? [];
      const side = SIDES[Number(stage) - 1];
      if (side !== undefined) found.set(path, { ...found.get(path), path, [side]: { mode, id } });
    }
    return [...found.values()];
  }

  /**
   * The contents of the blobs that the sides of conflicts are, by id. Repositories of their own have none.
   *
   * @param limits `maxBytes`: larger ones come with their size alone. `as`: what is kept of each; all of them together
   *   may be more than fits into memory, and are read a few at a time
   */
  async versions<T>(
    repository: Repository,
    conflicts: readonly Conflict[],
    { maxBytes, as }: { readonly maxBytes: number; readonly as: (version: VersionText) => T },
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, T>> {
    const stages = conflicts.flatMap((conflict) => SIDES.flatMap((side) => conflict[side] ?? []));
    const ids = [...new Set(stages.filter(({ mode }) => mode !== '160000').map(({ id }) => id))];
    const sizes = await this.sizes(repository, ids, signal);
    const found = new Map([...sizes].map(([id, size]) => [id, as({ size })]));
    const wanted = [...sizes].filter(([, size]) => size <= maxBytes);
    for (const some of inParts(wanted)) {
      const texts = await this.texts(repository, some, signal);
      for (const [id, content] of texts) {
        const text = textOf(content);
        if (text !== undefined) found.set(id, as({ size: content.length, text }));
      }
    }
    return found;
  }

  /**
   * The file of the work tree, with the marks that git made in it.
   *
   * @returns `undefined` where there is none; without text where it is a link, no text, or larger than `maxBytes`
   */
  async marked(
    { path: workTree }: Repository,
    conflict: Conflict,
    maxBytes: number,
  ): Promise<VersionText | undefined> {
    const { path } = conflict;
    // By its bytes: a link whose name is no UTF-8 cannot be found by text.
    if (isBehindLink(workTree, path) || isBeyondBorder(workTree, nameText(path))) return undefined;
    const flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
    const file = await open(below(workTree, path), flags).catch(() => undefined);
    if (file === undefined) return undefined;
    try {
      const stat = await file.stat();
      if (!stat.isFile()) return undefined;
      const text = stat.size <= maxBytes ? textOf(await file.readFile()) : undefined;
      return { size: stat.size, ...(text !== undefined && { text }) };
    } finally {
      await file.close();
    }
  }

  private async sizes(repository: Repository, ids: readonly string[], signal: AbortSignal) {
    const lines = (await this.objects(repository, '--batch-check', ids, signal)).split('\n');
    return new Map(
      lines.flatMap((line) => {
        const [, id = '', size] = /^([0-9a-f]+) blob (\d+)$/.exec(line) ?? [];
        return size === undefined ? [] : [[id, Number(size)] as const];
      }),
    );
  }

  private async texts(repository: Repository, ids: readonly string[], signal: AbortSignal) {
    const output = await this.objects(repository, '--batch', ids, signal);
    const found = new Map<string, Buffer>();
    for (let at = 0; at < output.length;) {
      const end = output.indexOf('\n', at);
      if (end === -1) break;
      const [, id, size] = /^([0-9a-f]+) blob (\d+)$/.exec(output.slice(at, end)) ?? [];
      at = end + 1;
      // An object that is gone by now has a line and no content.
      if (id === undefined) continue;
      found.set(id, Buffer.from(output.slice(at, at + Number(size)), 'latin1'));
      at += Number(size) + 1;
    }
    return found;
  }

  private async objects(
    repository: Repository,
    option: '--batch' | '--batch-check',
    ids: readonly string[],
    signal: AbortSignal,
  ): Promise<string> {
    if (ids.length === 0) return '';
    const command = { name: 'cat-file', options: [option], stdin: ids.map((id) => `${id}\n`).join('') };
    const limits = { maxOutputBytes: 2 ** 28, rawOutput: true };
    const result = await this.git.run(repository, command, signal, limits);
    if (result.exitCode !== 0) throw gitFailure(command.name, result);
    return result.stdout;
  }
}

/** Ids of blobs, as many at a time as may be read at once. */
function inParts(blobs: readonly (readonly [id: string, size: number])[]): readonly (readonly string[])[] {
  const parts: string[][] = [];
  let room = 0;
  for (const [id, size] of blobs) {
    room -= size;
    if (room < 0 || parts.length === 0) {
      parts.push([]);
      room = AT_ONCE_BYTES - size;
    }
    parts.at(-1)?.push(id);
  }
  return parts;
}

/** UTF-8 without NUL. */
function textOf(content: Buffer): string | undefined {
  if (content.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return undefined;
  }
}
