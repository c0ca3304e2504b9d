import { readlinkSync, symlinkSync } from 'node:fs';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { ToolBench } from '../support/tool-bench.js';

describe('git_lfs track and untrack', () => {
  let bench: ToolBench;
  let repo: GitRepository;

  beforeAll(async () => {
    bench = await ToolBench.start();
  });
  afterAll(() => bench.close());

  beforeEach(() => {
    repo = new GitRepository({ root: bench.folder() });
  });

  const lfs = (args: object) => bench.call('git_lfs', { repo_path: repo.path, ...args });
  const filterOf = (path: string) => repo.git(['check-attr', '-z', 'filter', '--', path]).split('\0')[2];

  it.each([
    ['a pattern', '*.bin', ['a.bin', 'dir/a.bin'], ['a.bin2']],
    ['a folder', 'dir/**', ['dir/a', 'dir/x/y'], ['a']],
    ['a blank', 'a *.bin', ['a b.bin'], ['a', 'b.bin']],
    ['the mark of comments', '#*', ['#a'], ['a']],
  ])('writes %s so that git reads it', async (_what, pattern, of, others) => {
    await lfs({ action: 'track', patterns: [pattern] });

    expect(of.map(filterOf)).toEqual(of.map(() => 'lfs'));
    expect(others.map(filterOf)).toEqual(others.map(() => 'unspecified'));
    await lfs({ action: 'untrack', patterns: [pattern] });
    expect(repo.read('.gitattributes')).toBe('');
  });

  it.each(['a*.bin', 'a[1].bin', '!a', '"quoted" b', '[attr]x', '#a', 'back\\slash', 'ü ü.bin', 'dir/a?'])(
    'writes the path %s so that git takes it for nothing else',
    async (path) => {
      await lfs({ action: 'track', patterns: [path], literal: true });

      expect(filterOf(path)).toBe('lfs');
      expect(['aa.bin', 'a1.bin', `sub/${path}`, 'dir/ab'].map(filterOf)).toEqual(
        Array(4).fill('unspecified'),
      );
      await lfs({ action: 'untrack', patterns: [path], literal: true });
      expect(repo.read('.gitattributes')).toBe('');
    },
  );

  it('leaves every other line as it is', async () => {
    const before =
      '# images\r\n*.png binary\r\n*.psd filter=lfs diff=lfs merge=lfs -text lockable\r\n*.txt text';
    repo.write('.gitattributes', before);

    const { structured } = await lfs({ action: 'track', patterns: ['*.bin', '*.psd'] });
    const tracked = repo.read('.gitattributes');
    await lfs({ action: 'untrack', patterns: ['*.psd'] });

    const line = '*.bin filter=lfs diff=lfs merge=lfs -text';
    expect(structured['effects']).toEqual([
      { action: 'track', subject: '.gitattributes', from: null, to: line },
    ]);
    expect(tracked).toBe(`${before}\r\n${line}\r\n`);
    expect(repo.read('.gitattributes')).toBe(
      `# images\r\n*.png binary\r\n*.psd lockable\r\n*.txt text\r\n${line}\r\n`,
    );
  });

  it('can be tried, repeated and taken back', async () => {
    repo.commitFiles('one', { '.gitattributes': '*.txt text\n' });
    const tried = await lfs({ action: 'track', patterns: ['*.bin'], dry_run: true });
    const untouched = repo.read('.gitattributes');

    const { structured } = await lfs({ action: 'track', patterns: ['*.bin'] });
    const again = await lfs({ action: 'track', patterns: ['*.bin'] });
    const undone = async () => {
      await bench.call('git_undo', { repo_path: repo.path });
      return repo.read('.gitattributes');
    };

    expect(tried.structured['effects']).toEqual(structured['effects']);
    expect(again.structured['effects']).toEqual([]);
    expect(untouched).toBe('*.txt text\n');
    expect(await undone()).toBe('*.txt text\n');
  });

  it('takes back the file that it made', async () => {
    repo.commit('one');
    await lfs({ action: 'track', patterns: ['*.bin'] });

    await bench.call('git_undo', { repo_path: repo.path });

    expect(repo.has('.gitattributes')).toBe(false);
  });

  it.each([
    ['a line more', ['a\nb'], 'invalid-pattern'],
    ['a negative pattern', ['!a'], 'invalid-pattern'],
    ['a macro', ['[attr]lfs'], 'invalid-pattern'],
    ['a quote', ['"a"'], 'invalid-pattern'],
    ['a folder', ['dir/'], 'invalid-pattern'],
  ])('refuses %s', async (_what, patterns, reason) => {
    await expect(lfs({ action: 'track', patterns })).rejects.toMatchObject({ details: { reason } });
    expect(repo.has('.gitattributes')).toBe(false);
  });

  it('says that a pattern is not tracked', async () => {
    await expect(lfs({ action: 'untrack', patterns: ['*.bin'] })).rejects.toMatchObject({
      details: { reason: 'no-such-pattern', paths: ['*.bin'] },
    });
  });

  it('untracks what status shows, in quotes as well', async () => {
    repo.write('.gitattributes', '"a b" filter=lfs diff=lfs merge=lfs -text\n');

    await lfs({ action: 'untrack', patterns: ['"a b"'] });

    expect(repo.read('.gitattributes')).toBe('');
  });

  it('writes through no link', async () => {
    const outside = new GitRepository({ root: bench.folder() });
    outside.write('attributes', '');
    symlinkSync(outside.file('attributes'), repo.file('.gitattributes'));

    await expect(lfs({ action: 'track', patterns: ['*.bin'] })).rejects.toMatchObject({
      details: { reason: 'not-a-file' },
    });
    expect([readlinkSync(repo.file('.gitattributes')), outside.read('attributes')]).toEqual([
      outside.file('attributes'),
      '',
    ]);
  });

  it.each([
    ['Latin-1', Buffer.from('\xe4 text\n', 'latin1')],
    ['more than 1 MiB', Buffer.alloc(2 ** 20 + 1, '\n')],
  ])('does not touch a file of %s', async (_what, content) => {
    repo.write('.gitattributes', content);

    await expect(lfs({ action: 'track', patterns: ['*.bin'] })).rejects.toMatchObject({
      details: { reason: 'not-text' },
    });
  });
});
