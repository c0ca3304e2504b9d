import { createHash } from 'node:crypto';
import { join } from 'node:path';

import { Injectable } from '@nestjs/common';

import { placeOf } from '../paths/folder-place.js';
import { readSmallFile } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';
import { isPlainSubmodule } from '../submodules/submodule-work.reader.js';
import { type Submodule, SubmoduleLister } from '../submodules/submodule.lister.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { type Facts } from './snapshot.js';
import { type SubmoduleFact } from './submodule-facts.js';

const STATUS = ['--porcelain', '-z', '--untracked-files=normal', '--ignored', '--no-renames'];
const REFS = ['--format=%(objectname) %(symref) %(refname)%00'];

/** Reads at which commits submodules are. */
@Injectable()
export class SubmoduleFacts {
  constructor(
    private readonly lister: SubmoduleLister,
    private readonly state: RepositoryState,
  ) {}

  /** @returns by path, as bytes with one character each; those that are not checked out are left out */
  async read(
    repository: Repository,
    paths: readonly string[] | 'every',
    signal: AbortSignal,
  ): Promise<Facts> {
    const facts = new Map<string, string>();
    if (repository.bare) return facts;
    for (const submodule of await this.lister.list(repository, signal)) {
      if (paths !== 'every' && !paths.includes(submodule.path)) continue;
      const fact = await this.of(submodule, signal);
      if (fact !== undefined) facts.set(bytesOf(submodule.path), JSON.stringify(fact));
    }
    return facts;
  }

  /** As `read`, of all; `undefined` where the facts do not say all of one that is there. */
  async whole(repository: Repository, signal: AbortSignal): Promise<Facts | undefined> {
    const facts = new Map<string, string>();
    for (const submodule of await this.lister.list(repository, signal)) {
      const { repository: inner, state, path } = submodule;
      if (inner === null && state !== 'refused') continue;
      const fact = inner && isPlainSubmodule(repository, inner) && (await this.of(submodule, signal));
      if (!fact) return undefined;
      facts.set(bytesOf(path), JSON.stringify(fact));
    }
    return facts;
  }

  private async of(
    { name, path, head: commit, repository: inner }: Submodule,
    signal: AbortSignal,
  ): Promise<SubmoduleFact | undefined> {
    if (inner === null || name === null || commit === null) return undefined;
    const { branch } = await this.state.head(inner, signal);
    const refs = await this.state.list(inner, { name: 'for-each-ref', options: REFS }, signal);
    const entries = await this.state.list(inner, { name: 'status', options: STATUS }, signal);
    const changes = entries.filter((entry) => !entry.startsWith('!!'));
    const nested = await this.lister.within(path, inner, signal);
    return {
      name,
      link: readSmallFile(join(inner.path, '.git')) ?? '',
      head: branch === null ? commit : `ref: refs/heads/${branch}`,
      commit,
      dirty: changes.length > 0,
      ignored: changes.length < entries.length,
      ...(changes.length > 0 && changes.every((entry) => entry.startsWith(' D')) && { partial: true }),
      ...(nested.length > 0 && { nested: true }),
      refs: createHash('sha256').update(refs.join('')).digest('hex'),
      place: placeOf(inner.gitDir),
    };
  }
}

function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1');
}
