import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Inject, Injectable } from '@nestjs/common';

import { gitFailure } from '../cli/git-failure.js';
import { GIT_CLI, type GitCli, type GitCommand } from '../git-cli.port.js';
import { listRefs, readRef, type RefValue } from '../libgit2/ref-files.js';
import { Unsuited } from '../libgit2/unsuited.error.js';
import { isPlainRepository } from '../reads/libgit2.reads.js';
import { type Repository } from '../repository.js';
import { isOfOperations } from './operation-refs.js';
import { type Facts } from './snapshot.js';

const LIMITS = { maxLoose: 1_024, maxPackedBytes: 256 * 1_024 };
const LISTING = { maxOutputBytes: 64 * 2 ** 20, rawOutput: true };

/** All refs with their values, read in process where they are plain files and not too many. */
@Injectable()
export class RefFacts {
  constructor(@Inject(GIT_CLI) private readonly git: GitCli) {}

  /** HEAD included; those of the operation log and of single work trees left out. */
  async read(repository: Repository, signal: AbortSignal): Promise<Facts> {
    return readHere(repository) ?? this.ask(repository, signal);
  }

  /** `<id> <message>`, newest first. */
  async stashes(repository: Repository, refs: Facts, signal: AbortSignal): Promise<readonly string[]> {
    if (!refs.has('refs/stash')) return [];
    const options = ['--walk-reflogs', '-z', '--no-patch', '--format=%H %gs', '--no-show-signature'];
    const command = { name: 'log', options, revisions: ['refs/stash'] };
    return (await this.text(repository, command, signal)).split('\0').filter(Boolean);
  }

  private async ask(repository: Repository, signal: AbortSignal): Promise<Facts> {
    const options = ['--format=%(objectname) %(symref)%00%(refname)%00'];
    const [listing, head] = await Promise.all([
      this.text(repository, { name: 'for-each-ref', options }, signal),
      this.head(repository, signal),
    ]);
    const refs = new Map<string, string>([['HEAD', head]]);
    for (const [, id = '', target = '', name = ''] of listing.matchAll(
      /([0-9a-f]+) ([^\0]*)\0([^\0]+)\0\n?/g,
    )) {
      if (!isOfOperations(name)) refs.set(name, target === '' ? id : `ref: ${target}`);
    }
    return refs;
  }

  private async head(repository: Repository, signal: AbortSignal): Promise<string> {
    const symbolic = { name: 'symbolic-ref', options: ['--quiet'], revisions: ['HEAD'] };
    const found = await this.git.run(repository, symbolic, signal, LISTING);
    if (found.exitCode === 0) return `ref: ${found.stdout.trimEnd()}`;
    const commit = { name: 'rev-parse', options: ['--verify', '--quiet'], revisions: ['HEAD'] };
    return (await this.text(repository, commit, signal)).trimEnd();
  }

  private async text(repository: Repository, command: GitCommand, signal: AbortSignal): Promise<string> {
    const result = await this.git.run(repository, command, signal, LISTING);
    if (result.exitCode !== 0) throw gitFailure(command.name, result);
    return result.stdout;
  }
}

function readHere(repository: Repository): Facts | undefined {
  if (!isPlainRepository(repository)) return undefined;
  try {
    const head = readRef(repository, 'HEAD', LIMITS.maxPackedBytes);
    if (head === null) return undefined;
    const refs = new Map([['HEAD', textOf(head)]]);
    for (const folder of foldersOf(repository)) {
      for (const [name, value] of listRefs(repository, folder, LIMITS))
        refs.set(bytesOf(name), textOf(value));
    }
    const stash = readRef(repository, 'refs/stash', LIMITS.maxPackedBytes);
    if (stash !== null) refs.set('refs/stash', textOf(stash));
    return refs;
  } catch (error) {
    if (error instanceof Unsuited) return undefined;
    throw error;
  }
}

/** Folders of loose refs, and those that only packed ones are in. */
function foldersOf({ commonDir }: Repository): ReadonlySet<string> {
  const loose = readdirSync(join(commonDir, 'refs'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `refs/${name}`);
  const packed = [...packedText(commonDir).matchAll(/^[0-9a-f]{40} (refs\/[^/\n]+)\//gm)].map(
    ([, folder = '']) => folder,
  );
  const all = new Set([...loose, ...packed]);
  return new Set(
    [...all].filter(
      (folder) => !isOfOperations(`${folder}/`) && !/^refs\/(bisect|worktree|rewritten)$/.test(folder),
    ),
  );
}

function packedText(commonDir: string): string {
  try {
    return readFileSync(join(commonDir, 'packed-refs'), 'latin1');
  } catch {
    return '';
  }
}

function textOf(value: RefValue): string {
  return 'sha' in value ? value.sha : `ref: ${bytesOf(value.target)}`;
}

function bytesOf(name: string): string {
  return Buffer.from(name).toString('latin1');
}
