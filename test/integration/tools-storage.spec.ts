import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { ToolBench } from '../support/tool-bench.js';

const lines = (text: string) => text.split('\n').filter(Boolean);
const namesIn = (folder: string) => readdirSync(folder).toSorted();
const LONG_AGO = new Date('2020-01-01');

describe('Notes, archives, bundles and the object store by the tools', () => {
  let repo: GitRepository;
  let bench: ToolBench;

  beforeAll(async () => {
    bench = await ToolBench.start();
  });

  beforeEach(() => {
    repo = new GitRepository({ root: bench.folder() });
    repo.commitFiles('one', { 'a.txt': 'a\n', 'src/b.c': 'b\n' });
  });

  afterAll(() => bench.close());

  const call = (name: string, args: object = {}) => bench.call(name, { repo_path: repo.path, ...args });
  const confirmed = (name: string, args: object) => bench.confirmed(name, { repo_path: repo.path, ...args });
  const note = (args: object) => call('git_notes', args);
  const shown = async (args: object = {}) => (await note({ action: 'show', ...args })).structured['text'];
  const outputOf = (name: string) => join(repo.root, name);
  const archive = (args: object) => call('git_archive', args);
  const bundle = (args: object) => call('git_bundle', args);
  /** As if it had been written long ago. */
  const age = () => {
    for (const id of lines(repo.git(['cat-file', '--batch-all-objects', '--batch-check=%(objectname)']))) {
      const file = repo.file(`.git/objects/${id.slice(0, 2)}/${id.slice(2)}`);
      if (existsSync(file)) utimesSync(file, LONG_AGO, LONG_AGO);
    }
  };

  describe('git_notes', () => {
    it('writes what git reads, and the other way', async () => {
      await note({ action: 'add', message: 'first\n\n# kept\n' });
      await note({ action: 'append', message: 'second' });

      expect(repo.git(['notes', 'show'])).toBe('first\n\n# kept\n\nsecond\n');
      expect(await shown()).toBe(repo.git(['notes', 'show']));
      expect((await note({ action: 'list' })).structured['notes']).toEqual([
        { object: repo.head(), note: repo.git(['notes', 'list', 'HEAD']).trim() },
      ]);
      await note({ action: 'add', message: 'of a review', category: 'review', revision: 'HEAD^{tree}' });
      expect(repo.git(['notes', '--ref=review', 'show', 'HEAD^{tree}'])).toBe('of a review\n');
      await note({ action: 'remove' });
      expect(await shown()).toBeNull();
      repo.fsck();
    });

    it('replaces a note only where that is asked for, and undoes it', async () => {
      await note({ action: 'add', message: 'first' });

      await expect(note({ action: 'add', message: 'other' })).rejects.toMatchObject({
        details: { reason: 'note-exists' },
      });
      const dry = await note({ action: 'add', message: 'other', force: true, dry_run: true });
      expect(dry.text).toContain(`write note on ${repo.head()}`);
      expect(await shown()).toBe('first\n');
      await note({ action: 'add', message: 'other', force: true });
      expect(await shown()).toBe('other\n');
      await call('git_undo');
      expect(await shown()).toBe('first\n');
    });

    it.each([
      ['a category outside of the notes', { category: '../heads/main' }, 'invalid-name'],
      ['an option', { category: '--help' }, 'invalid-name'],
      ['an empty note', { message: ' \n' }, 'empty-message'],
    ])('refuses %s', async (_, args, reason) => {
      await expect(note({ action: 'add', message: 'x', ...args })).rejects.toMatchObject({
        details: { reason },
      });
      await expect(note({ action: 'remove' })).rejects.toMatchObject({ details: { reason: 'no-note' } });
    });
  });

  describe('git_archive', () => {
    it.each(['tar', 'zip'])('writes the %s that git writes', async (format) => {
      const output = outputOf(`out.${format}`);

      const { structured } = await archive({ output, archive_format: format, prefix: 'app-1.0' });

      const bytes = execFileSync('git', ['archive', `--format=${format}`, '--prefix=app-1.0/', 'HEAD'], {
        cwd: repo.path,
      });
      expect(readFileSync(output).equals(bytes)).toBe(true);
      expect(structured).toEqual({ path: output, bytes: bytes.length });
    });

    it('packs some paths of a revision, and leaves nothing where it fails', async () => {
      const first = repo.head();
      repo.commitFiles('two', { 'a.txt': 'changed\n' });
      const output = outputOf('some.tar');

      await archive({ output, revision: first, paths: ['a.txt'] });

      expect(execFileSync('tar', ['-xOf', output], { encoding: 'utf8' })).toBe('a\n');
      await expect(archive({ output: outputOf('none.tar'), paths: ['nowhere'] })).rejects.toMatchObject({
        details: { reason: 'no-such-path' },
      });
      expect(namesIn(repo.root)).toEqual(['repo', 'some.tar']);
    });

    it('replaces a file only with overwrite and a plan, and follows no link in its place', async () => {
      const output = outputOf('out.tar');
      const elsewhere = outputOf('elsewhere');
      writeFileSync(elsewhere, 'precious');
      writeFileSync(output, 'old');

      await expect(archive({ output })).rejects.toMatchObject({ details: { reason: 'exists' } });
      await expect(archive({ output, overwrite: true })).rejects.toMatchObject({ code: 'forbidden' });
      expect(readFileSync(output, 'utf8')).toBe('old');
      await confirmed('git_archive', { output, overwrite: true });
      expect(readFileSync(output).length).toBeGreaterThan(1_000);

      symlinkSync(elsewhere, outputOf('link.tar'));
      await expect(archive({ output: outputOf('link.tar') })).rejects.toMatchObject({
        details: { reason: 'not-a-file' },
      });
      expect(readFileSync(elsewhere, 'utf8')).toBe('precious');
    });

    it.each([
      ['outside of the roots', '/tmp/owned.tar'],
      ["in git's own folder", '.git/hooks/post-commit'],
      ['in a folder that leads out', 'out/owned.tar'],
      ["as git's own folder", 'sub/.git'],
    ])('writes nothing %s', async (_, output) => {
      symlinkSync('/tmp', repo.file('out'));
      mkdirSync(repo.file('sub'));

      await expect(archive({ output })).rejects.toMatchObject({ code: 'path_not_allowed' });
      expect(existsSync('/tmp/owned.tar')).toBe(false);
    });

    it('runs no program that the configuration or an attribute names', async () => {
      const canary = outputOf('canary');
      for (const name of ['tar', 'zip', 'tgz', 'tar.gz'])
        repo.config(`tar.${name}.command`, `touch ${canary}; cat`);
      repo.config('filter.x.smudge', `touch ${canary}; cat`);
      repo.commitFiles('attributes', { '.gitattributes': '* filter=x export-subst\n', f: '$Format:%G?$\n' });

      await archive({ output: outputOf('a.tar') });
      const zip = archive({ output: outputOf('a.zip'), archive_format: 'zip' });
      await expect(zip).rejects.toMatchObject({
        code: 'untrusted_config',
        details: { keys: ['tar.zip.command'] },
      });

      expect(existsSync(canary)).toBe(false);
    });

    it('gives no prefix that leads out of where it is unpacked', async () => {
      for (const prefix of ['../x', '/x', 'a/../../b', 'C:x'])
        await expect(archive({ output: outputOf('x.tar'), prefix })).rejects.toMatchObject({
          code: 'path_not_allowed',
        });
    });
  });

  describe('git_bundle', () => {
    it('writes a bundle that can be cloned, without the operation log', async () => {
      repo.tag('v1').branch('side');
      await call('git_tag', { action: 'create', name: 'v2' });
      const file = outputOf('all.bundle');

      const { structured } = await bundle({ action: 'create', file });

      expect(structured).toEqual({ path: file, bytes: lstatSync(file).size });
      const heads = await bundle({ action: 'list-heads', file });
      expect(lines(heads.text)).toEqual(lines(repo.git(['bundle', 'list-heads', file])));
      expect(heads.text).not.toContain('mcp-git');
      execFileSync('git', ['clone', '-q', file, outputOf('copy')], { stdio: 'pipe' });
      expect(readFileSync(outputOf('copy/src/b.c'), 'utf8')).toBe('b\n');
      expect(namesIn(repo.root)).toEqual(['all.bundle', 'copy', 'repo']);
    });

    it('says what a bundle needs, and who can take it', async () => {
      const first = repo.head();
      repo.commit('two');
      const file = outputOf('part.bundle');
      await bundle({ action: 'create', file, refs: ['main'], without: [first] });
      const other = new GitRepository({ root: repo.root, name: 'other' });
      other.commit('alone');

      expect((await bundle({ action: 'verify', file })).structured).toEqual({
        usable: true,
        refs: [{ name: 'refs/heads/main', sha: repo.head() }],
        prerequisites: [first],
      });
      const verdict = await bench.call('git_bundle', { repo_path: other.path, action: 'verify', file });
      expect(verdict.structured).toMatchObject({ usable: false });
    });

    it('writes bundles of more refs than arguments have room', async () => {
      const head = repo.head();
      const start = `${head} refs/heads/${'long-'.repeat(40)}`;
      const refs = Array.from({ length: 12_000 }, (_, at) => `${start}${String(at).padStart(5, '0')}\n`);
      repo.write('.git/packed-refs', `# pack-refs with: peeled fully-peeled sorted \n${refs.join('')}`);
      const file = outputOf('many.bundle');

      await bundle({ action: 'create', file });

      expect(lines(repo.git(['bundle', 'list-heads', file]))).toHaveLength(12_002);
    });

    it('reads bundles of very many refs', async () => {
      const file = outputOf('wide.bundle');
      await bundle({ action: 'create', file });
      const [signature = '', ...rest] = readFileSync(file, 'latin1').split('\n');
      const head = repo.head();
      const refs = Array.from({ length: 30_000 }, (_, index) => `${head} refs/heads/b${index}`);
      writeFileSync(file, [signature, ...refs, ...rest].join('\n'), 'latin1');

      const { structured } = await bundle({ action: 'verify', file });

      expect(structured).toMatchObject({ usable: true });
    });

    it('refuses what is no bundle, no ref, or outside', async () => {
      writeFileSync(outputOf('text'), '# not a bundle\n');
      const file = outputOf('x.bundle');

      await expect(bundle({ action: 'verify', file: outputOf('text') })).rejects.toMatchObject({
        details: { reason: 'not-a-bundle' },
      });
      await expect(bundle({ action: 'list-heads', file: '/etc/passwd' })).rejects.toMatchObject({
        code: 'path_not_allowed',
      });
      await expect(bundle({ action: 'create', file, refs: ['--all'] })).rejects.toMatchObject({
        code: 'revision_not_found',
      });
      await expect(
        bundle({ action: 'create', file, refs: ['main'], without: ['main'] }),
      ).rejects.toMatchObject({ details: { reason: 'empty-bundle' } });
      expect(namesIn(repo.root)).toEqual(['repo', 'text']);
    });
  });

  describe('git_maintenance', () => {
    it('says how large the object store is, and packs it', async () => {
      const status = async (args: object = {}) =>
        (await call('git_maintenance', args)).structured['objects'] as Record<string, unknown>;
      expect(await status()).toMatchObject({ loose_objects: 5, packs: 0, commit_graph: false });

      await call('git_maintenance', { task: 'commit-graph' });
      await call('git_maintenance', { task: 'pack-refs' });

      expect(await status({ task: 'repack' })).toMatchObject({
        loose_objects: 0,
        packs: 1,
        packed_objects: expect.any(Number) as unknown,
        commit_graph: true,
      });
      expect(existsSync(repo.file('.git/packed-refs'))).toBe(true);
      repo.fsck();
    });

    it('deletes what was lost long ago, after the plan was seen, and nothing that an undo needs', async () => {
      const lost = repo.write('lost', 'lost\n').git(['hash-object', '-w', 'lost']).trim();
      await call('git_clean', { dry_run: true });
      repo.write('precious.txt', 'precious\n');
      await confirmed('git_clean', { paths: ['precious.txt'] });
      age();

      await expect(call('git_maintenance', { task: 'prune' })).rejects.toMatchObject({ code: 'forbidden' });
      const dry = await call('git_maintenance', { task: 'prune', dry_run: true });
      expect(dry.structured['effects']).toContainEqual(
        expect.objectContaining({ action: 'delete', subject: 'unreachable blob', from: lost }),
      );
      await confirmed('git_maintenance', { task: 'gc' });

      expect(() => repo.git(['cat-file', '-e', lost])).toThrow('cat-file');
      await call('git_undo');
      expect(repo.read('precious.txt')).toBe('precious\n');
      repo.fsck();
    });

    it('runs no program that says what is recent', async () => {
      repo.config('gc.recentObjectsHook', `touch ${outputOf('canary')}`);

      await expect(call('git_maintenance', { task: 'repack' })).rejects.toMatchObject({
        code: 'untrusted_config',
      });
      expect(existsSync(outputOf('canary'))).toBe(false);
    });
  });
});

describe('git_maintenance of more objects than can be listed', () => {
  let bench: ToolBench;

  beforeAll(async () => {
    bench = await ToolBench.start((config) => {
      const binary = join(config.git.roots[0] ?? '', 'endless-git');
      const listing = 'yes "0000000000000000000000000000000000000000 blob" | head -c 70000000';
      const script = `#!/bin/sh\nfor one; do [ "$one" = prune ] && { ${listing}; exit; }; done\nexec git "$@"\n`;
      writeFileSync(binary, script, { mode: 0o755 });
      config.git.binary = binary;
    });
  });

  afterAll(() => bench.close());

  it.each(['prune', 'gc'])('deletes none by %s, since nobody could say yes to all of them', async (task) => {
    const repo = new GitRepository({ root: bench.folder() });
    repo.commitFiles('one', { 'a.txt': 'a\n' });

    await expect(
      bench.call('git_maintenance', { repo_path: repo.path, task, dry_run: true }),
    ).rejects.toMatchObject({ details: { reason: 'too-long' } });
  });
});
