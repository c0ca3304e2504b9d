import { rmSync } from 'node:fs';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { ToolBench } from '../support/tool-bench.js';

type Records = Record<string, unknown>[];

const lines = (text: string) => text.split('\n').filter(Boolean);

/** What both say after each change to what the answer depends on; ours is asked twice. */
async function followed(
  ours: () => Promise<unknown>,
  git: () => unknown,
  changes: (() => unknown)[],
): Promise<{ readonly ours: unknown[]; readonly git: unknown[] }> {
  const said: { ours: unknown[]; git: unknown[] } = { ours: [], git: [] };
  for (const change of [() => undefined, ...changes]) {
    change();
    said.ours.push(JSON.stringify(await ours()), JSON.stringify(await ours()));
    said.git.push(...Array.from({ length: 2 }, () => JSON.stringify(git())));
  }
  return said;
}

/** What is asked of ids is remembered, and each of these answers depends on something beside the ids. */
describe('An answer that is remembered', () => {
  let repo: GitRepository;
  let bench: ToolBench;

  beforeAll(async () => {
    bench = await ToolBench.start();
  });
  afterAll(() => bench.close());

  beforeEach(() => {
    repo = new GitRepository({ root: bench.folder() });
    repo.commitFiles('base', { 'src/a.txt': 'one\ntwo\nthree\n', 'b.txt': 'b\n' });
    repo.git(['switch', '--quiet', '--create', 'other']);
    repo.commitFiles('theirs', { 'src/a.txt': 'one\ntheirs\nthree\n' });
    repo.git(['switch', '--quiet', 'main']);
    repo.commitFiles('ours', { 'src/a.txt': 'one\nours\nthree\n' });
  });

  const call = async (name: string, args: object) =>
    (await bench.call(name, { repo_path: repo.path, ...args })).structured;
  const merged = async () => (await call('git_merge_tree', { theirs: 'other' }))['tree'];
  const mergedByGit = () => {
    // Their names stand in the markers of a conflict.
    const ends = ['main', 'other'].map((name) => repo.git(['rev-parse', name]).trim());
    try {
      return lines(repo.git(['merge-tree', '--write-tree', ...ends]))[0];
    } catch (error) {
      return lines((error as { stdout: string }).stdout)[0];
    }
  };

  const lacking = async () =>
    ((await call('git_cherry', { upstream: 'main', head: 'again' }))['commits'] as Records).map(
      ({ sha, upstream }) => `${upstream === true ? '-' : '+'} ${String(sha)}`,
    );
  const versions = async () =>
    ((await call('git_range_diff', { old: 'main', new: 'again', patch: false }))['commits'] as Records).map(
      ({ old, new: young }) => [old ?? '-', young ?? '-'].join(' '),
    );
  const rangeDiff = () => call('git_range_diff', { old: 'main', new: 'other' });

  it('of a merge follows attributes, configuration and branches', async () => {
    const said = await followed(merged, mergedByGit, [
      () => repo.write('src/.gitattributes', '*.txt merge=union\n'),
      () => repo.write('src/.gitattributes', '*.txt conflict-marker-size=9\n'),
      () => repo.git(['config', 'merge.conflictStyle', 'diff3']),
      () => {
        rmSync(repo.file('src/.gitattributes'));
        repo.commitFiles('more', { 'b.txt': 'c\n' });
      },
    ]);

    expect(said.ours).toEqual(said.git);
    expect(new Set(said.git).size).toBe(5);
  });

  const inIndexOnly = (attributes: string) => () => {
    repo.write('src/.gitattributes', attributes).stage('src/.gitattributes');
    rmSync(repo.file('src/.gitattributes'));
  };
  const counted = async () => {
    const [file] = (await call('git_merge_tree', { theirs: 'other' }))['files'] as Records;
    return file?.['binary'];
  };
  const countedByGit = () =>
    repo.git(['diff-tree', '-r', '--numstat', 'main', mergedByGit() ?? '']).startsWith('-');

  it('of a merge counts by attributes that only the index has', async () => {
    const said = await followed(counted, countedByGit, [
      inIndexOnly('*.txt -diff\n'),
      () => repo.git(['rm', '--quiet', '--cached', 'src/.gitattributes']),
    ]);

    expect(said.ours).toEqual(said.git);
    expect(new Set(said.git).size).toBe(2);
  });

  it('of the commit that a branch names is not given where there is none', async () => {
    const nothing = '1'.repeat(40);
    repo.write('.git/refs/heads/broken', `${nothing}\n`);

    for (const revision of ['broken', nothing])
      await expect(call('git_show', { revision })).rejects.toMatchObject({
        code: 'revision_not_found',
        details: { revision },
      });
  });

  it('of a merge is not given where unrelated histories are not allowed', async () => {
    const root = repo.git(['commit-tree', '-m', 'alone', 'main^{tree}']).trim();
    await call('git_merge_tree', { theirs: root, unrelated: true });

    await expect(call('git_merge_tree', { theirs: root })).rejects.toMatchObject({
      details: { reason: 'no-merge-base' },
    });
  });

  const patch = async () =>
    (await call('git_diff', { target: 'main..other', response_format: 'json' }))['patch'];
  const patchByGit = () => repo.git(['diff', '--full-index', 'main', 'other']);

  it('of a difference follows configuration that another file holds', async () => {
    repo.write('.gitattributes', '*.txt diff=x\n').config('include.path', 'more');
    const said = await followed(patch, patchByGit, [
      () => repo.write('.git/more', '[diff "x"]\n\tbinary = true\n'),
    ]);

    expect(said.ours).toEqual(said.git);
    expect(new Set(said.git).size).toBe(2);
  });

  it('of the commits that an upstream lacks follows attributes and branches', async () => {
    repo.git(['switch', '--quiet', '--create', 'again', 'main~1']);
    const indented = repo.git(['show', 'main:src/a.txt']).replaceAll('ours\n', ' ours\n');
    repo.commitFiles('ours, with a blank', { 'src/a.txt': indented });
    // A patch id leaves out blanks; of what is binary it is made of the ids of files.
    const said = await followed(lacking, () => lines(repo.git(['cherry', 'main', 'again'])), [
      () => repo.write('src/.gitattributes', '*.txt binary\n'),
      () => repo.git(['cherry-pick', 'other', '--strategy-option=theirs']),
    ]);

    expect(said.ours).toEqual(said.git);
    expect(new Set(said.git).size).toBe(3);
  });

  it('of two versions of a series follows attributes and branches', async () => {
    repo.git(['switch', '--quiet', '--create', 'again', 'main~1']);
    repo.commitFiles('ours', { 'src/a.txt': 'one\nours too\nthree\n' });
    const byGit = () =>
      lines(
        repo.git(['-c', 'core.abbrev=no', 'range-diff', '-s', '--creation-factor=60', 'main...again']),
      ).map((line) => {
        const [, old = '', young = ''] = /^ *[\d-]+: +(\S+) . +[\d-]+: +(\S+)/.exec(line) ?? [];
        return [old, young].map((id) => id.replace(/^-+$/, '-')).join(' ');
      });
    const said = await followed(versions, byGit, [
      () => repo.write('src/.gitattributes', '*.txt -diff\n'),
      () => repo.commitFiles('more', { 'b.txt': 'c\n' }),
    ]);

    expect(said.ours).toEqual(said.git);
    expect(new Set(said.git).size).toBe(3);
  });

  it('is not given once the configuration names a program that would have been run', async () => {
    await rangeDiff();
    await rangeDiff();
    repo.git(['config', 'diff.text.textconv', 'false']);

    await expect(rangeDiff()).rejects.toMatchObject({
      code: 'untrusted_config',
      details: { keys: ['diff.text.textconv'] },
    });
    repo.git(['config', '--unset', 'diff.text.textconv']);
    expect((await rangeDiff())['commits']).toHaveLength(2);
  });
});
