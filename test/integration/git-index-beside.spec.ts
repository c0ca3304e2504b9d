import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { promisify } from 'node:util';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type GitWrites } from '../../src/git/git-writes.port.js';
import { type Repository } from '../../src/git/repository.js';
import { ServerError } from '../../src/shared/errors/index.js';
import { GitRepository } from '../support/git-repository.js';
import { GitServices } from '../support/git-services.js';

const run = promisify(execFile);
const signal = new AbortController().signal;
const ROUNDS = Number(process.env['BESIDE_ROUNDS'] ?? 25);

type Change = (writes: GitWrites, here: Repository, round: number) => Promise<unknown>;

const CHANGES: Record<string, Change> = {
  'fast-forwards': (writes, here, round) => writes.merge(here, { source: `side-${round}` }, signal),
  commits: (writes, here, round) => writes.commit(here, { message: `${round}`, allowEmpty: true }, signal),
  merges: (writes, here, round) =>
    writes.merge(here, { source: `side-${round}`, noFastForward: true }, signal),
  'cherry-picks': (writes, here, round) =>
    writes.cherryPick(here, { commits: `side-${round}`, noCommit: false }, signal),
};

/** One that finds something staged in its way refuses; what it must not do is lose it. */
function isLocalChanges(error: unknown): boolean {
  return error instanceof ServerError && (error.details as { reason?: string }).reason === 'local-changes';
}

/** A git of somebody else that stages one file after the other in the same work tree. */
class Stager {
  readonly staged: string[] = [];
  private stopped = false;
  private readonly ended: Promise<void>;

  constructor(private readonly repo: GitRepository) {
    this.ended = this.stage();
  }

  async end(): Promise<void> {
    this.stopped = true;
    await this.ended;
  }

  private async stage(): Promise<void> {
    for (let at = 0; !this.stopped; at += 1) {
      const path = `staged-${at}.txt`;
      writeFileSync(join(this.repo.path, path), path);
      const done = await run('git', ['add', '--', path], { cwd: this.repo.path }).then(
        () => true,
        // The index is locked: this one is not staged, and its owner is told so.
        ({ stderr }: { stderr: string }) => {
          if (!/index\.lock/.test(stderr)) throw new Error(stderr);
          return false;
        },
      );
      if (done) this.staged.push(path);
    }
  }
}

describe('What another git stages in the same work tree', () => {
  let repo: GitRepository;
  let services: GitServices;
  let here: Repository;

  beforeEach(async () => {
    repo = new GitRepository();
    repo.commitFiles('one', { 'a.txt': '1\n' });
    for (let round = 0; round < ROUNDS; round += 1) {
      repo.branch(`side-${round}`).checkout(`side-${round}`);
      repo.commitFiles(`side ${round}`, { [`side-${round}.txt`]: 'x' });
    }
    repo.checkout('main');
    services = await GitServices.start({ roots: [repo.root] });
    here = await services.locator.locate(repo.path, signal);
  });

  afterEach(async () => {
    await services.close();
    repo.remove();
  });

  it.each(Object.entries(CHANGES))('is not lost beside our %s', async (_, change) => {
    const stager = new Stager(repo);
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        await change(services.writes, here, round).catch((error: unknown) => {
          if (!isLocalChanges(error)) throw error;
        });
        await turn();
      }
    } finally {
      await stager.end();
    }

    const { staged } = stager;
    const tracked = new Set(repo.git(['ls-files', '-z']).split('\0'));
    expect(staged.length).toBeGreaterThan(0);
    expect(staged.filter((path) => !tracked.has(path))).toEqual([]);
    repo.fsck();
  });
});
