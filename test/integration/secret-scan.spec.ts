import { readdirSync, readFileSync } from 'node:fs';

import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { RecordingLogger } from '../support/recording-logger.js';
import { ToolBench } from '../support/tool-bench.js';

// Put together here, so that no scan takes this file for one that has them.
const TOKEN = ['ghp', 'aB3dE5gH7jK9mN1pQ3rS5tU7vW9xY1zA3bC5'].join('_');
const KEY_ID = ['AKIA', 'QYLPMN5HHHFPZAM2'].join('');
const BASIC = `https://ada:${'hunter2hunter2'}@example.org/x`;
const PEM = [
  ['-----BEGIN RSA ', 'PRIVATE KEY-----'].join(''),
  ...Array.from({ length: 6 }, (_, row) => `MIIEpAIBAAKCAQEA${String(row).repeat(48)}`),
  ['-----END RSA ', 'PRIVATE KEY-----'].join(''),
].join('\n');
const REFUSED = { code: 'operation_failed' } as const;

const refusal = (...findings: object[]) => ({
  ...REFUSED,
  details: { reason: 'secrets-found', total: findings.length, findings },
});

describe('The scan for secrets', () => {
  let bench: ToolBench;
  let repo: GitRepository;

  beforeAll(async () => {
    bench = await ToolBench.start(({ git }) => {
      git.secretScan.maxBytes = 2 ** 20;
    });
  });

  beforeEach(() => {
    repo = new GitRepository({ root: bench.folder() });
    repo.commitFiles('first', { 'a.txt': 'one\n' });
  });

  afterAll(() => bench.close());

  const call = (name: string, args: object = {}) => bench.call(name, { repo_path: repo.path, ...args });
  const commit = (args: object = {}) => call('git_commit', { message: 'next', ...args });
  const goOn = (operation: string, args: object = {}) => call('git_continue', { operation, ...args });
  const mergeAtConflict = async () => {
    repo.diverge();
    repo.commitFiles('theirs', { 'theirs.env': `${TOKEN}\n` });
    repo.checkout('other');
    await expect(call('git_merge', { source_branch: 'main' })).rejects.toMatchObject({
      code: 'merge_conflict',
    });
  };

  it.each([
    ['git_tag', { action: 'create', name: 'v1' }],
    ['git_notes', { action: 'add' }],
  ])('looks at the message of %s', async (tool, args) => {
    const said = { ...args, message: `It works with ${TOKEN}` };

    await expect(call(tool, said)).rejects.toMatchObject(
      refusal({ path: '(message)', line: 1, rule: 'github' }),
    );
    expect(repo.git(['for-each-ref', 'refs/tags', 'refs/notes'])).toBe('');
    await call(tool, { ...said, allow_secrets: 'revoked long ago' });

    expect(repo.git(['for-each-ref', 'refs/tags', 'refs/notes'])).not.toBe('');
  });

  describe('before a commit', () => {
    it.each([
      ['a token', `x\ny = "${TOKEN}"\n`, { line: 2, rule: 'github' }],
      ['the id of a cloud key', `id: ${KEY_ID}\n`, { line: 1, rule: 'aws' }],
      ['a URL with a password', `\n\n${BASIC}\n`, { line: 3, rule: 'basicauth' }],
      ['a private key', `a\n${PEM}\n`, { line: 2, rule: 'privatekey' }],
      [
        'a token that a comment declares harmless',
        `// secretlint-disable\n${TOKEN}\n`,
        { line: 2, rule: 'github' },
      ],
      [
        'a token far into a long file',
        `${'text\n'.repeat(150_000)}${TOKEN}\n`,
        { line: 150_001, rule: 'github' },
      ],
      ['a token in a long line', `${'x '.repeat(200_000)}${TOKEN}\n`, { line: 1, rule: 'github' }],
    ])('finds %s by file, line and rule, and shows nothing of it', async (_title, content, found) => {
      repo.write('dir/ünï.env', content).stage('dir');

      const thrown: unknown = await commit().catch((error: unknown) => error);

      expect(thrown).toMatchObject(refusal({ path: 'dir/ünï.env', ...found }));
      expect(JSON.stringify(thrown)).not.toContain(TOKEN.slice(6));
      expect(JSON.stringify(thrown)).not.toContain('hunter2');
      await expect(commit({ dry_run: true })).rejects.toMatchObject(
        refusal({ path: 'dir/ünï.env', ...found }),
      );
      expect(repo.git(['rev-list', '--count', 'HEAD']).trim()).toBe('1');
    });

    it('asks no attribute of the repository what a text is', async () => {
      repo
        .write('.gitattributes', '*.env binary -diff filter=none\n')
        .write('a.env', `${TOKEN}\n`)
        .stage('.');

      await expect(commit()).rejects.toMatchObject(refusal({ path: 'a.env', line: 1, rule: 'github' }));
    });

    it.each([false, true])(
      'keeps nothing of files that it was given and refuses (dry_run %s)',
      async (dry_run) => {
        repo
          .write('staged.txt', 's')
          .stage('staged.txt')
          .write('a.txt', 'two\n')
          .write('a.env', `${TOKEN}\n`);
        repo.git(['add', '--intent-to-add', 'a.env']);
        const kept = () => [
          readFileSync(repo.file('.git/index')),
          readdirSync(repo.file('.git'), { recursive: true }).toSorted(),
        ];
        const before = kept();

        await expect(commit({ files: ['a.env', 'a.txt'], dry_run })).rejects.toMatchObject(
          refusal({ path: 'a.env', line: 1, rule: 'github' }),
        );

        expect(kept()).toEqual(before);
      },
    );

    it('finds one in the message', async () => {
      repo.write('b.txt', 'b').stage('b.txt');

      await expect(commit({ message: `subject\n\nwith ${TOKEN}` })).rejects.toMatchObject(
        refusal({ path: '(message)', line: 3, rule: 'github' }),
      );
    });

    it('minds only what is new: not what was there before, was moved, is deleted or is binary', async () => {
      repo.commitFiles('careless', { 'old.env': `${TOKEN}\n`, 'gone.env': `${BASIC}\n` });
      repo.git(['mv', 'old.env', 'moved.env']);
      repo.write('moved.env', `more\n${TOKEN}\n`).stage('moved.env').git(['rm', '--quiet', 'gone.env']);
      repo.write('image.bin', Buffer.from(`\0${TOKEN}`)).stage('image.bin');

      expect((await commit()).text).toContain('4 files changed');
    });

    it('lets pass what the caller answers for, and keeps the reason in the log and with the operation', async () => {
      const logger = new RecordingLogger();
      repo.write('a.env', `${TOKEN}\n`).stage('a.env');
      Logger.overrideLogger(logger);

      await commit({ allow_secrets: 'a sample of the documentation' });
      Logger.overrideLogger(false);

      expect(logger.of('SecretScan')).toEqual([
        expect.objectContaining({
          reason: 'a sample of the documentation',
          total: 1,
          findings: [{ path: 'a.env', line: 1, rule: 'github' }],
        }),
      ]);
      expect(JSON.stringify(logger.lines)).not.toContain(TOKEN);
      const { structured } = await call('git_operations');
      expect(JSON.stringify(structured)).toContain('a sample of the documentation');
    });

    it('reads no more than git.secretScan.maxBytes in all, and says in the log what it left', async () => {
      const logger = new RecordingLogger();
      repo
        .write('a.big', `${'text\n'.repeat(300_000)}${TOKEN}\n`)
        .write('b.env', `${TOKEN}\n`)
        .stage('.');
      Logger.overrideLogger(logger);

      await expect(commit()).rejects.toMatchObject(refusal({ path: 'b.env', line: 1, rule: 'github' }));
      Logger.overrideLogger(false);

      expect(logger.of('SecretScan')).toEqual([{ files: 1, max_bytes: 2 ** 20 }]);
    });
  });

  describe('before an operation goes on', () => {
    const operations = ['merge', 'rebase', 'cherry-pick', 'revert'] as const;
    it.each(operations)('finds in what was resolved of a %s what neither side has', async (operation) => {
      repo.conflict(operation);
      repo.write('file.txt', `resolved\n${TOKEN}\n`).stage('file.txt');
      const found = refusal({ path: 'file.txt', line: 2, rule: 'github' });
      const before = [repo.head(), repo.status()];

      await expect(goOn(operation)).rejects.toMatchObject(found);
      await expect(goOn(operation, { dry_run: true })).rejects.toMatchObject(found);
      expect([repo.head(), repo.status()]).toEqual(before);
      await goOn(operation, { allow_secrets: 'revoked' });

      expect(repo.git(['show', 'main:file.txt'])).toContain(TOKEN);
    });

    it('finds it where git_commit ends the merge, and not what the other side has', async () => {
      await mergeAtConflict();
      repo.write('file.txt', `${KEY_ID}\n`).stage('file.txt');

      await expect(commit()).rejects.toMatchObject(refusal({ path: 'file.txt', line: 1, rule: 'aws' }));
    });

    it('minds nothing that the other side has, though the resolution moves it to another file', async () => {
      await mergeAtConflict();
      repo.write('file.txt', `resolved\n${TOKEN}\n`).stage('file.txt').git(['rm', '-qf', 'theirs.env']);

      await goOn('merge');

      expect(repo.status()).toBe('');
    });

    it('finds it in the message of a merge', async () => {
      repo.branch('other').commitFiles('theirs', { 'b.txt': 'b' });
      repo.checkout('other');
      const message = `merge\n\n${TOKEN}`;
      const merge = (args: object = {}) =>
        call('git_merge', { source_branch: 'main', no_fast_forward: true, message, ...args });
      const found = refusal({ path: '(message)', line: 3, rule: 'github' });

      await expect(merge()).rejects.toMatchObject(found);
      await expect(merge({ dry_run: true })).rejects.toMatchObject(found);
      await merge({ allow_secrets: 'revoked' });

      expect(repo.git(['log', '-1', '--format=%b'])).toContain(TOKEN);
    });
  });

  describe('before a push', () => {
    let bare: GitRepository;

    beforeEach(() => {
      bare = repo.addOrigin();
    });

    it('finds what any of the new commits has, though a later one takes it out again', async () => {
      const careless = repo.commitFiles('careless', { 'dir/a.env': `x\n${TOKEN}\n` });
      repo.commitFiles('careful', { 'dir/a.env': 'x\n' });
      const found = refusal({ path: 'dir/a.env', line: 2, rule: 'github', commit: careless });

      await expect(call('git_push')).rejects.toMatchObject(found);
      await expect(call('git_push', { dry_run: true })).rejects.toMatchObject(found);
      expect(bare.head()).not.toBe(repo.head());
      await call('git_push', { allow_secrets: 'revoked' });

      expect(bare.head()).toBe(repo.head());
    });

    it('finds it behind a tag and among all tags', async () => {
      repo.checkout('HEAD').commitFiles('aside', { 'a.env': TOKEN });
      repo.git(['tag', '-a', '-m', 'one', 'v1']);
      repo.checkout('main');

      await expect(call('git_push', { tag: 'v1' })).rejects.toMatchObject(REFUSED);
      await expect(call('git_push', { tags: true })).rejects.toMatchObject({
        details: { reason: 'secrets-found' },
      });
      expect(bare.git(['tag'])).toBe('');
    });

    it('minds only what the remote does not have', async () => {
      repo.commitFiles('careless', { 'a.env': `${TOKEN}\n` });
      repo.git(['push', '--quiet', 'origin', 'main']);
      repo.commitFiles('next', { 'a.env': `more\n${TOKEN}\n` });

      await call('git_push');

      expect(bare.head()).toBe(repo.head());
    });
  });
});

describe('The scan for secrets, switched off', () => {
  it('lets everything pass', async () => {
    const bench = await ToolBench.start(({ git }) => {
      git.secretScan.enabled = false;
    });
    const repo = new GitRepository({ root: bench.folder() });
    repo.write('a.env', `${TOKEN}\n`).stage('a.env');

    const { text } = await bench.call('git_commit', { repo_path: repo.path, message: 'next' });
    await bench.close();

    expect(text).toContain('1 file changed');
  });
});
