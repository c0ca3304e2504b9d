import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { pictureOf } from '../support/repository-state.js';
import { ToolBench } from '../support/tool-bench.js';

type Policy = 'off' | 'prefer' | 'require';

/** Each makes one commit, or tag, that is to be signed. */
const CALLS: readonly (readonly [tool: string, args: object])[] = [
  ['git_commit', { message: 'next', allow_empty: true }],
  ['git_commit', { amend: true, message: 'again' }],
  ['git_merge', { source_branch: 'other' }],
  ['git_merge', { source_branch: 'other', strategy: 'ours' }],
  ['git_rebase', { target_branch: 'other' }],
  ['git_cherry_pick', { commit_hash: 'other' }],
  ['git_revert', { commit_hash: 'HEAD' }],
  ['git_tag', { action: 'create', name: 'v1', message: 'one' }],
];

const keygen = (path: string) =>
  spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', path]);

const resultOf = (tool: string) => (tool === 'git_tag' ? 'v1' : 'HEAD');

describe('Signatures', () => {
  let place: string;
  let key: string;
  let tools: ToolBench | undefined;
  let repo: GitRepository;

  beforeAll(() => {
    place = mkdtempSync(join(tmpdir(), 'signing-'));
    key = join(place, 'key');
    keygen(key);
    keygen(join(place, 'other'));
    writeFileSync(join(place, 'signers'), `* ${readFileSync(`${key}.pub`, 'utf8')}`);
  });

  afterAll(() => {
    rmSync(place, { recursive: true, force: true });
  });

  function describeWith(policy: Policy, keyOf: () => string, tests: () => void): void {
    describe(`with the policy ${policy}`, () => {
      beforeAll(async () => {
        tools = await ToolBench.start((config) => {
          Object.assign(config.git.signing, { policy, key: keyOf() });
        });
      });
      afterAll(() => tools?.close());
      beforeEach(() => {
        repo = made(tools?.folder() ?? '');
      });
      tests();
    });
  }

  /** One that would have another key sign, by a program of its own. */
  function made(root: string): GitRepository {
    const made = new GitRepository({ root });
    const program = join(root, 'program');
    writeFileSync(program, `#!/bin/sh\ntouch "${root}/ran"\nexec ssh-keygen "$@"\n`, { mode: 0o755 });
    for (const [name, value] of [
      ['user.signingKey', join(place, 'other')],
      ['gpg.format', 'ssh'],
      ['gpg.ssh.program', program],
      ['gpg.program', program],
      ['commit.gpgSign', 'true'],
      ['tag.gpgSign', 'true'],
    ] as const)
      made.config(name, value);
    const own = ['-c', 'commit.gpgSign=false', 'commit', '--quiet', '--no-verify', '-m'];
    const commit = (file: string) => {
      made.write(file, `${file}\n`).git(['add', '.']);
      made.git([...own, file]);
    };
    commit('a.txt');
    made.git(['checkout', '--quiet', '-b', 'other']);
    commit('b.txt');
    made.git(['checkout', '--quiet', '-b', 'topic', 'main']);
    commit('c.txt');
    return made;
  }

  const call = (name: string, args: object) =>
    (tools as ToolBench).call(name, { repo_path: repo.path, ...args });
  const isSigned = (what: string) => /^gpgsig |BEGIN SSH SIGNATURE/m.test(repo.git(['cat-file', '-p', what]));
  const isBySigner = (what: string) => {
    const verify = what === 'v1' ? 'verify-tag' : 'verify-commit';
    const settings = [
      'gpg.format=ssh',
      'gpg.ssh.program=ssh-keygen',
      `gpg.ssh.allowedSignersFile=${place}/signers`,
    ];
    const args = [...settings.flatMap((one) => ['-c', one]), verify, what];
    return spawnSync('git', args, { cwd: repo.path }).status === 0;
  };
  const ranProgram = () => existsSync(join(repo.root, 'ran'));

  describeWith(
    'require',
    () => key,
    () => {
      it.each(CALLS)('%s %j is signed with the key of the operator', async (tool, args) => {
        await call(tool, args);

        expect(isBySigner(resultOf(tool))).toBe(true);
        expect(ranProgram()).toBe(false);
        repo.fsck();
      });

      it.each(['merge', 'cherry-pick', 'revert'] as const)(
        'the %s that goes on after conflicts is signed',
        async (operation) => {
          repo.config('commit.gpgSign', 'false').checkout('main').git(['branch', '--quiet', '-D', 'other']);
          repo.conflict(operation);
          await call('git_resolve', { paths: ['.'], side: 'both' });
          await call('git_continue', { operation });

          expect(isBySigner('HEAD')).toBe(true);
          expect(ranProgram()).toBe(false);
        },
      );

      it('a rebase that was begun here goes on with signatures', async () => {
        repo.checkout('main').git(['checkout', '--quiet', '-b', 'left']);
        repo.commitFiles('left', { 'clash.txt': 'left\n' });
        repo.checkout('main').git(['checkout', '--quiet', '-b', 'right']);
        repo.commitFiles('right', { 'clash.txt': 'right\n' });
        await expect(call('git_rebase', { target_branch: 'left' })).rejects.toMatchObject({
          code: 'merge_conflict',
        });
        await call('git_resolve', { paths: ['.'], side: 'both' });
        await call('git_continue', { operation: 'rebase' });

        expect(isBySigner('HEAD')).toBe(true);
      });

      it('a rebase that was begun without does not go on', async () => {
        repo.config('commit.gpgSign', 'false').checkout('main').git(['branch', '--quiet', '-D', 'other']);
        repo.conflict('rebase');
        await call('git_resolve', { paths: ['.'], side: 'both' });
        const before = repo.head();

        await expect(call('git_continue', { operation: 'rebase' })).rejects.toMatchObject({
          details: { reason: 'signing-failed' },
        });

        expect(repo.head()).toBe(before);
        expect(repo.git(['status'])).toContain('rebase in progress');
      });

      it('a tag that is no object needs none', async () => {
        await call('git_tag', { action: 'create', name: 'light' });
        expect(repo.revision('light')).toBe(repo.head());
      });
    },
  );

  describeWith(
    'require',
    () => join(place, 'missing'),
    () => {
      it.each(CALLS)('%s %j is refused with nothing done where none can be made', async (tool, args) => {
        const before = pictureOf(repo);
        const objects = repo.git(['count-objects']);

        await expect(call(tool, args)).rejects.toMatchObject({
          code: 'operation_failed',
          details: { reason: 'signing-failed' },
        });

        expect(pictureOf(repo)).toEqual(before);
        expect(repo.git(['count-objects'])).toBe(objects);
        expect(repo.git(['status'])).not.toMatch(/in progress|You are currently|still merging/);
      });
    },
  );

  describeWith(
    'prefer',
    () => join(place, 'missing'),
    () => {
      it.each(CALLS)('%s %j is made without where none can be made', async (tool, args) => {
        await call(tool, args);

        expect(isSigned(resultOf(tool))).toBe(false);
        expect(ranProgram()).toBe(false);
      });
    },
  );

  describeWith(
    'off',
    () => key,
    () => {
      it.each(CALLS)('%s %j is not signed, whatever the repository says', async (tool, args) => {
        await call(tool, args);

        expect(isSigned(resultOf(tool))).toBe(false);
        expect(ranProgram()).toBe(false);
      });
    },
  );
});
