import { cpSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ServerError } from '../../src/shared/errors/index.js';
import { GitRepository } from '../support/git-repository.js';
import { ToolBench } from '../support/tool-bench.js';
import { buildHistory, history, type History } from './git-reads.histories.js';
import { type TimelessPicture, timelessPictureOf } from '../support/timeless-picture.js';
import { edit, type Step, steps, type Twin, twinOf } from './git-writes.steps.js';

/** The usual runs are always the same ones; any other number is of new ones. */
const USUAL = 20;
const RUNS = Number(process.env['DIFFERENTIAL_RUNS'] ?? USUAL);
/** As the server runs git: names are names, but for stash, whose own ones are none, and nobody is asked. */
const plainly = (command = '') => ({
  GIT_EDITOR: 'true',
  ...(command !== 'stash' && { GIT_LITERAL_PATHSPECS: '1' }),
});

/** What git would do and a tool refuses on purpose, as `tool reason`. */
const REFUSED_ON_PURPOSE: ReadonlySet<string> = new Set([
  'git_stash nothing-to-stash',
  'git_rebase operation-in-progress',
  'git_branch_edit not-merged',
  'git_apply validation_failed',
]);

type Outcome = 'done' | 'conflict' | { readonly refused: string };

describe('The tools that write, and git', () => {
  let bench: ToolBench;
  const done = new Map<string, number>();

  beforeAll(async () => {
    bench = await ToolBench.start();
  });
  afterAll(() => bench.close());

  it('leave the same commits, refs, index and files behind, call by call', async () => {
    await fc.assert(
      fc.asyncProperty(history, steps, async (commits, drawn) => {
        const ours = beginning(commits);
        const plain = copied(ours, 'plain');
        for (const step of drawn) expect(await difference(step, ours, plain)).toBeUndefined();
        ours.fsck();
        rmSync(dirname(ours.path), { recursive: true });
      }),
      { numRuns: RUNS, interruptAfterTimeLimit: 240_000, ...(RUNS === USUAL && { seed: 20_261_126 }) },
    );

    // A comparison in which nothing was done must not pass.
    expect([...done.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(RUNS);
  }, 300_000);

  function beginning(commits: History): GitRepository {
    const repo = new GitRepository({ root: bench.folder() });
    buildHistory(repo, commits);
    repo.config('user.name', 'Ada').config('user.email', 'ada@example.org');
    repo.git(['switch', '--quiet', '--discard-changes', `c${commits.length - 1}`]);
    return repo;
  }

  /** Does the same on both sides. @returns what came out differently */
  async function difference(
    step: Step,
    ours: GitRepository,
    plain: GitRepository,
  ): Promise<object | undefined> {
    if (step.action === 'edit') {
      for (const repo of [ours, plain]) edit(repo, step.path, step.content);
      return undefined;
    }
    const twin = twinOf(step, plain);
    const before = timelessPictureOf(ours);
    const outcome = await byTool(twin, ours);
    const failure = byGit(twin, plain);
    const told = { ...twin, outcome, failure };
    if (typeof outcome === 'object') {
      const isKnown = failure !== undefined || REFUSED_ON_PURPOSE.has(outcome.refused);
      replace(plain, ours);
      return isKnown ? unlike(before, timelessPictureOf(ours), told) : told;
    }
    if ((failure === undefined) !== (outcome === 'done')) return told;
    done.set(twin.tool, (done.get(twin.tool) ?? 0) + 1);
    const found = unlike(timelessPictureOf(ours), timelessPictureOf(plain), told);
    return found ?? (outcome === 'conflict' ? givenUp(twin, ours, plain) : undefined);
  }

  async function byTool({ tool, args, planned = false }: Twin, repo: GitRepository): Promise<Outcome> {
    const own = { repo_path: repo.path, ...args };
    try {
      await (planned ? bench.confirmed(tool, own) : bench.call(tool, own));
      return 'done';
    } catch (thrown) {
      if (!(thrown instanceof ServerError)) throw thrown;
      const { code, details } = thrown;
      if (code === 'internal_error') throw thrown;
      if (code === 'merge_conflict' && conflicts(repo)) return 'conflict';
      const reason = (details as { reason?: string } | undefined)?.reason ?? code;
      return { refused: `${tool} ${reason}` };
    }
  }

  async function givenUp(
    { tool, args }: Twin,
    ours: GitRepository,
    plain: GitRepository,
  ): Promise<object | undefined> {
    const operation = tool.replace('git_', '').replaceAll('_', '-');
    if (args['no_commit'] === true || args['squash'] === true || operation === 'stash') {
      ours.git(['reset', '--quiet', '--hard']);
      return replace(plain, ours);
    }
    await bench.call('git_abort', { repo_path: ours.path, operation, confirm: true });
    plain.git([operation, '--abort']);
    return unlike(timelessPictureOf(ours), timelessPictureOf(plain), { gaveUp: operation });
  }
});

/** @returns both pictures with what led to them, where they are not the same */
function unlike(one: TimelessPicture, other: TimelessPicture, told: object): object | undefined {
  return isDeepStrictEqual(one, other) ? undefined : { ...told, one, other };
}

/** @returns what git said where it failed */
function byGit({ git }: Twin, repo: GitRepository): string | undefined {
  try {
    for (const args of git) repo.git(args, plainly(args[0]));
    return undefined;
  } catch (thrown) {
    return String((thrown as { stderr?: unknown }).stderr);
  }
}

function conflicts(repo: GitRepository): boolean {
  return repo.git(['ls-files', '--unmerged']) !== '';
}

function copied(repo: GitRepository, name: string): GitRepository {
  const copy = Object.assign(Object.create(GitRepository.prototype) as object, {
    root: repo.root,
    path: join(repo.root, name),
  }) as GitRepository;
  replace(copy, repo);
  return copy;
}

/** Makes one repository what the other is. */
function replace(repo: GitRepository, like: GitRepository): undefined {
  rmSync(repo.path, { recursive: true, force: true });
  cpSync(like.path, repo.path, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  // Asking for it, git notes the times of the copied files.
  repo.status();
  return undefined;
}
