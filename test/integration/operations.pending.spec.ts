import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { OperationLog } from '../../src/git/operations/operation.log.js';
import { REPOSITORY_LOCATOR, type RepositoryLocator } from '../../src/git/repository-locks.port.js';
import { GitRepository } from '../support/git-repository.js';
import { pictureOf } from '../support/repository-state.js';
import { ToolsOnGit } from '../support/tools-on-git.js';

const CALL = { tool: 'git_clean', summary: '{}', session: 's', principal: 'ada', keeps: 'worktree' } as const;

describe('An operation that the server did not see the end of', () => {
  let tools: ToolsOnGit;
  let repo: GitRepository;
  let end: () => void;
  let running: Promise<unknown>;

  beforeEach(async () => {
    Logger.overrideLogger(false);
    repo = new GitRepository();
    repo.commitFiles('base', { 'a.txt': 'a\n' });
    repo.write('new.txt', 'new\n');
    tools = await ToolsOnGit.start([repo.root]);
    const signal = new AbortController().signal;
    const here = await tools.module.get<RepositoryLocator>(REPOSITORY_LOCATOR).locate(repo.path, signal);
    const log = tools.module.get(OperationLog);
    await new Promise<void>((began) => {
      const work = () =>
        new Promise<void>((resolve) => {
          end = resolve;
          began();
        });
      running = log.record(here, CALL, work, () => ({ text: '', structured: {} }), signal);
    });
  });

  afterEach(async () => {
    end();
    await running;
    await tools.close();
    repo.remove();
    Logger.overrideLogger(['log', 'warn', 'error']);
  });

  it('is taken back only by the plan of a dry run, and not by another one', async () => {
    repo.write('a.txt', 'newer\n');
    const listed = await tools.call('git_operations', { repo_path: repo.path });
    const [{ id }] = (listed.structured as { operations: [{ id: string }] }).operations;
    const args = { repo_path: repo.path, operation_id: id };
    const needed = { code: 'forbidden', details: { reason: 'confirmation_required', plan_token: true } };
    await expect(tools.call('git_undo', args)).rejects.toMatchObject(needed);
    await expect(tools.call('git_undo', { ...args, confirm: true })).rejects.toMatchObject(needed);
    const { plan_token } = (await tools.call('git_undo', { ...args, dry_run: true })).structured;

    repo.write('b.txt', 'newer still\n');
    await expect(tools.call('git_undo', { ...args, confirm: true, plan_token })).rejects.toMatchObject({
      details: { reason: 'plan_changed' },
    });
    const again = (await tools.call('git_undo', { ...args, dry_run: true })).structured;
    await tools.call('git_undo', { ...args, confirm: true, plan_token: again['plan_token'] });

    expect(repo.status()).toBe('?? new.txt\n');
    expect(repo.read('a.txt')).toBe('a\n');
  });

  it('is done again as it was taken back, and taken back once more', async () => {
    const before = pictureOf(repo);
    repo.write('a.txt', 'newer\n').write('new.txt', 'newer\n', 0o755).write('b.txt', 'b\n').stage('b.txt');
    repo.commit('also taken back');
    const left = pictureOf(repo);
    const [{ id }] = (await tools.call('git_operations', { repo_path: repo.path })).structured[
      'operations'
    ] as [{ id: string }];
    const args = { repo_path: repo.path, operation_id: id };
    await tools.callAgreed('git_undo', args);
    expect(pictureOf(repo)).toEqual(before);

    await tools.call('git_redo', args);
    expect(pictureOf(repo)).toEqual(left);

    await tools.callAgreed('git_undo', args);
    expect(pictureOf(repo)).toEqual(before);
    repo.write('a.txt', 'somebody’s\n');
    await expect(tools.call('git_redo', { repo_path: repo.path })).rejects.toMatchObject({
      details: { reason: 'newer_work', paths: ['a.txt'] },
    });
  });
});
