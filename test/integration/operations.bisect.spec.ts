import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { pictureOf } from '../support/repository-state.js';
import { ToolsOnGit } from '../support/tools-on-git.js';

describe.each(['sha1', 'sha256'] as const)('An undo of a bisection, on %s', (objectFormat) => {
  let repo: GitRepository;
  let tools: ToolsOnGit;
  let path: string;

  beforeEach(async () => {
    Logger.overrideLogger(false);
    repo = new GitRepository({ objectFormat });
    for (let at = 0; at < 12; at += 1)
      repo.commitFiles(`commit ${at}`, { 'state.txt': `${at}\n`, '.gitignore': '*.o\n' });
    path = `${repo.path}-bisect`;
    tools = await ToolsOnGit.start([repo.root]);
  });

  afterEach(async () => {
    await tools.close();
    repo.remove();
    Logger.overrideLogger(['log', 'warn', 'error']);
  });

  const call = (name: string, args: object = {}) => tools.call(name, { repo_path: repo.path, ...args });
  const bisect = (action: string, args: object = {}) => call('git_bisect', { action, ...args });
  const start = () => bisect('start', { good: ['HEAD~11'] });
  /** Of the repository, and of what git writes down of a bisection. */
  const picture = () => {
    const admin = repo.file(`.git/worktrees/${path.split('/').at(-1)}`);
    const names = existsSync(admin) ? readdirSync(admin).filter((name) => name.startsWith('BISECT_')) : [];
    return {
      repository: pictureOf(repo),
      files: names.toSorted().map((name) => [name, readFileSync(join(admin, name), 'utf8')]),
      refs: existsSync(path) ? repo.git(['-C', path, 'for-each-ref', 'refs/bisect']) : '',
    };
  };

  it('goes back one by one over its start, its verdicts and its end, and forth again', async () => {
    const steps = [start, () => bisect('bad'), () => bisect('skip'), () => bisect('good')];
    const pictures = [picture()];
    for (const step of [...steps, () => bisect('reset')]) {
      await step();
      pictures.push(picture());
    }
    expect(new Set(pictures.map((one) => JSON.stringify(one))).size).toBe(pictures.length - 1);
    repo.git(['gc', '--quiet', '--prune=now']);

    for (const before of pictures.slice(0, -1).toReversed()) {
      await call('git_undo');
      expect(picture()).toEqual(before);
    }
    for (const after of pictures.slice(1)) {
      await call('git_redo');
      expect(picture()).toEqual(after);
    }
    repo.fsck();
  });

  it('leaves what was built to try a commit', async () => {
    await start();
    const tried = picture();
    writeFileSync(join(path, 'built.o'), 'built\n');
    await bisect('bad');

    await call('git_undo');

    expect(picture().files).toEqual(tried.files);
    expect(readFileSync(join(path, 'built.o'), 'utf8')).toBe('built\n');
  });

  it('is refused where a verdict was given since', async () => {
    await start();
    const { operations } = (await call('git_operations')).structured as { operations: { id: string }[] };
    await bisect('bad');
    const before = picture();

    await expect(call('git_undo', { operation_id: operations[0]?.id })).rejects.toMatchObject({
      details: { reason: 'newer_work', paths: [path] },
    });
    expect(picture()).toEqual(before);
  });

  it('changes nothing where a changed file would be lost', async () => {
    await start();
    await bisect('bad');
    writeFileSync(join(path, 'state.txt'), 'mine\n');
    const before = picture();

    await expect(call('git_undo')).rejects.toMatchObject({ code: 'operation_failed' });
    expect(picture()).toEqual(before);
  });
});
