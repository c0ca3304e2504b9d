import { Logger } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { AppConfig } from '../../src/config/app.config.js';
import { ConfigModule } from '../../src/config/config.module.js';
import { ObservabilityModule } from '../../src/observability/observability.module.js';
import { ToolCaller } from '../../src/tools/tool.caller.js';
import { ToolsModule } from '../../src/tools/tools.module.js';
import { GitRepository } from '../support/git-repository.js';
import { everyone } from '../support/tool-calls.js';

describe('A dry run', () => {
  let repo: GitRepository;
  let module: TestingModule;

  beforeEach(async () => {
    Logger.overrideLogger(false);
    repo = new GitRepository();
    const config = new AppConfig();
    config.git.roots = [repo.root];
    module = await Test.createTestingModule({
      imports: [ConfigModule.forRoot(config), ObservabilityModule, ScheduleModule.forRoot(), ToolsModule],
    }).compile();
    await module.init();
    repo.commitFiles('base', { 'a.txt': 'one\n', 'dir/b.txt': 'b\n', '.gitignore': '*.log\n' });
  });

  afterEach(async () => {
    await module.close();
    repo.remove();
    Logger.overrideLogger(['log', 'warn', 'error']);
  });

  const call = async (name: string, args: object) =>
    (
      await module
        .get(ToolCaller)
        .call(name, { repo_path: repo.path, ...args }, everyone(), new AbortController().signal)
    ).answer;
  const effects = async (name: string, args: object): Promise<unknown> =>
    ((await call(name, { ...args, dry_run: true })).structured as { effects: unknown }).effects;
  /** All that could have changed. */
  const everything = () =>
    [['for-each-ref'], ['symbolic-ref', 'HEAD'], ['ls-files', '--stage'], ['status', '--porcelain']].map(
      (args) => repo.git(args),
    );

  it('of git_add names the paths that it would stage', async () => {
    repo.write('a.txt', 'two\n').write('new.txt', 'n').write('x.log', 'ignored').write('-odd\n.txt', 'o');
    repo.git(['rm', '--quiet', '--cached', 'dir/b.txt']);
    const before = everything();

    expect(await effects('git_add', { files: ['.'] })).toEqual(
      ['-odd\n.txt', 'a.txt', 'dir/b.txt', 'new.txt'].map((subject) => ({ action: 'stage', subject })),
    );
    expect(everything()).toEqual(before);
    await expect(effects('git_add', { files: ['absent'] })).rejects.toMatchObject({
      details: { reason: 'no-such-file' },
    });
    await expect(effects('git_add', { files: ['x.log'] })).rejects.toMatchObject({
      details: { reason: 'ignored' },
    });
  });

  it('of git_commit names what it would commit, and of git_reset what it would unstage', async () => {
    repo.write('a.txt', 'two\n').write('new.txt', 'n').stage('a.txt', 'new.txt').write('a.txt', 'three\n');
    repo.git(['rm', '--quiet', 'dir/b.txt']);
    const before = everything();
    const at = (path: string, revision: string) => repo.revision(`${revision}:${path}`);
    const changes = [
      { subject: 'a.txt', from: at('a.txt', 'HEAD'), to: at('a.txt', '') },
      { subject: 'dir/b.txt', from: at('dir/b.txt', 'HEAD'), to: null },
      { subject: 'new.txt', from: null, to: at('new.txt', '') },
    ];

    expect(await effects('git_commit', { message: 'm' })).toEqual([
      { action: 'commit', subject: 'HEAD', from: repo.head() },
      ...changes.map((change) => ({ action: 'commit', ...change })),
    ]);
    expect(await effects('git_reset', {})).toEqual(
      changes.map(({ subject, from, to }) => ({ action: 'unstage', subject, from: to, to: from })),
    );
    expect(everything()).toEqual(before);
  });

  it.each([
    ['git_commit', { message: 'm' }, 'nothing-staged'],
    ['git_commit', { message: ' ' }, 'empty-message'],
    ['git_create_branch', { branch_name: 'main' }, 'branch-exists'],
    ['git_create_branch', { branch_name: 'a..b' }, 'invalid-name'],
  ])('of %s %o is refused as the call would be', async (name, args, reason) => {
    await expect(effects(name, args)).rejects.toMatchObject({ details: { reason } });
    await expect(call(name, args)).rejects.toMatchObject({ details: { reason } });
  });

  it('of branches names the refs that would be made and where HEAD would go', async () => {
    const head = repo.head();
    repo.branch('topic').git(['update-ref', 'refs/remotes/origin/theirs', head]);
    const before = everything();
    const HEAD = { action: 'move', subject: 'HEAD', from: 'refs/heads/main' };

    expect(await effects('git_create_branch', { branch_name: 'x' })).toEqual([
      { action: 'create', subject: 'refs/heads/x', from: null, to: head },
    ]);
    expect(await effects('git_checkout', { branch_name: 'topic' })).toEqual([
      { ...HEAD, to: 'refs/heads/topic' },
    ]);
    expect(await effects('git_checkout', { branch_name: head })).toEqual([{ ...HEAD, to: head }]);
    expect(await effects('git_checkout', { branch_name: 'theirs' })).toEqual([
      { action: 'create', subject: 'refs/heads/theirs', from: null, to: head },
      { ...HEAD, to: 'refs/heads/theirs' },
    ]);
    expect(everything()).toEqual(before);
  });
});
