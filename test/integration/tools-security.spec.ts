import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { type SecurityFinding } from '../../src/git/security/finding.js';
import { AttackPlace } from '../support/attacks/attack-place.js';
import { PROGRAM_CASES } from '../support/attacks/program-cases.js';
import { GitRepository } from '../support/git-repository.js';
import { ToolBench } from '../support/tool-bench.js';

let bench: ToolBench;
let repo: GitRepository;

beforeAll(async () => {
  bench = await ToolBench.start();
});

beforeEach(() => {
  repo = new GitRepository({ root: bench.folder() });
  repo.commitFiles('first', { 'a.txt': 'one\n' });
});

afterAll(() => bench.close());

const call = (name: string, args: object = {}) => bench.call(name, { repo_path: repo.path, ...args });
const confirmed = (name: string, args: object) => bench.confirmed(name, { repo_path: repo.path, ...args });
const config = (...args: readonly string[]) => repo.git(['config', '--local', ...args]).trim();

const set = (key: string, value: string) => call('git_config', { action: 'set', key, value });
const module = (name: string, rest: string) => `[submodule "${name}"]\n${rest}\n`;
const findings = async (path = repo.path) => {
  const { structured } = await bench.call('git_security_validate', { repo_path: path, max_bytes: 2 ** 20 });
  return structured as { verdict: string; trust: string; findings: readonly SecurityFinding[] };
};
const found = async (subject: string) => (await findings()).findings.filter((one) => one.subject === subject);

describe('git_config', () => {
  it('sets, reads, lists and removes what git then sees', async () => {
    const { structured } = await set('User.Email', 'ada@example.org');
    expect(structured).toEqual({
      effects: [{ action: 'set', subject: 'user.email', from: null, to: 'ada@example.org' }],
    });
    await set('branch.Feature/ü.description', 'what it is # for; "all"');
    config('core.sshCommand', 'false');

    expect(config('user.email')).toBe('ada@example.org');
    expect(config('branch.Feature/ü.description')).toBe('what it is # for; "all"');
    expect((await call('git_config', { action: 'get', key: 'user.email' })).text).toBe(
      'user.email=ada@example.org',
    );
    const list = (await call('git_config', { action: 'list' })).structured;
    expect(list['values']).toContainEqual({ key: 'user.email', value: 'ada@example.org' });
    expect(JSON.stringify(list)).not.toContain('sshcommand');
    await call('git_config', { action: 'unset', key: 'user.email' });
    expect((await call('git_config', { action: 'get', key: 'user.email' })).structured).toEqual({
      values: [],
    });
    await expect(call('git_config', { action: 'unset', key: 'user.email' })).rejects.toMatchObject({
      details: { reason: 'not-set' },
    });
  });

  it('replaces every value of a key, and changes nothing in a dry run', async () => {
    config('--add', 'pull.rebase', 'true');
    config('--add', 'pull.rebase', 'merges');

    const plan = await call('git_config', {
      action: 'set',
      key: 'pull.rebase',
      value: 'false',
      dry_run: true,
    });
    expect(plan.structured['effects']).toEqual([
      { action: 'set', subject: 'pull.rebase', from: 'merges', to: 'false' },
    ]);
    expect(config('--get-all', 'pull.rebase')).toBe('true\nmerges');
    await set('pull.rebase', 'false');

    expect(config('--get-all', 'pull.rebase')).toBe('false');
  });

  it('finds the attributes that no commit has, also from a linked work tree', async () => {
    repo.commitFiles('one', { 'a.bin': 'x\n' });
    repo.git(['config', 'filter.evil.clean', 'touch owned']);
    repo.write('.git/info/attributes', '*.bin filter=evil\n');
    const linked = join(repo.root, 'linked');
    repo.git(['worktree', 'add', '--quiet', linked]);

    for (const repo_path of [repo.path, linked]) {
      const { structured } = await bench.call('git_security_validate', { repo_path });
      expect(structured['findings']).toContainEqual(
        expect.objectContaining({ source: 'attributes', subject: 'info/attributes' }),
      );
    }
  });

  it.each(
    `core.hooksPath core.fsmonitor core.sshCommand core.worktree core.attributesFile core.excludesFile
     alias.status filter.x.clean diff.external diff.x.textconv merge.x.driver gpg.program credential.helper
     http.proxy http.extraHeader url.x.insteadOf remote.origin.url remote.origin.uploadpack include.path
     includeIf.x.path protocol.ext.allow submodule.x.update branch.x.mergeOptions branch.x.remote branch.x.merge
     user.signingKey commit.template blame.ignoreRevsFile mailmap.file trailer.x.command tar.x.command
     extensions.worktreeConfig core.repositoryFormatVersion core.bare help.autocorrect sequence.editor
     branch.-x.description branch.a..b.description user .name user. pull.rebase.x`.split(/\s+/),
  )('refuses %s', async (key) => {
    const before = config('--list');

    await expect(set(key, 'true')).rejects.toMatchObject({ details: { reason: 'key-not-allowed' } });
    await expect(call('git_config', { action: 'get', key })).rejects.toMatchObject({ code: 'forbidden' });
    expect(config('--list')).toBe(before);
  });

  it.each([
    ['a newline (CVE-2026-44244)', 'user.name', 'x\n[core]\n\thooksPath = /tmp'],
    ['a carriage return', 'user.name', 'x\r[core]'],
    ['an option', 'branch.main.description', '--file=/tmp/x'],
    ['what the key does not know', 'core.autocrlf', 'sometimes'],
    ['what runs as an editor', 'pull.rebase', 'interactive'],
    ['an address with a bracket', 'user.email', 'a>b'],
  ])('refuses a value with %s', async (_title, key, value) => {
    const before = config('--list');

    await expect(set(key, value)).rejects.toMatchObject({ code: 'validation_failed' });
    expect(config('--list')).toBe(before);
  });
});

describe('git_security_validate', () => {
  it('finds nothing in an ordinary repository', async () => {
    repo.cloneBare();
    repo.git(['remote', 'add', 'origin', join(repo.root, 'remote.git')]);
    repo.write('.gitattributes', '*.png binary\n* text=auto\n*.x filter=absent\n');
    repo.write('.gitmodules', '[submodule "x"]\n\tpath = x\n\turl = ../x.git\n').stage('.gitattributes');

    expect(await findings()).toEqual({ verdict: 'clean', trust: 'untrusted', findings: [] });
  });

  it('finds what stands in the URL of a remote, without showing it', async () => {
    config('remote.a.url', 'https://ada:hunter2@example.org/x');
    config('remote.b.url', 'ext::sh -c true');
    config('remote.b.pushurl', '/etc');
    config('http.extraHeader', 'Authorization: Basic aHVudGVyMg==');

    const { findings: all, verdict } = await findings();

    expect(all.map(({ subject, danger, treatment }) => [subject, danger, treatment])).toEqual([
      ['http.extraheader', 'exposes', 'shown'],
      ['remote.a.url', 'exposes', 'shown'],
      ['remote.b.url', 'leads', 'refused'],
      ['remote.b.pushurl', 'leads', 'neutralised'],
      ['remote.b.pushurl', 'leads', 'refused'],
    ]);
    expect(verdict).toBe('contained');
    expect(JSON.stringify(all)).not.toMatch(/hunter2|aHVudGVyMg/);
  });

  it('finds submodules that are programs or lie elsewhere', async () => {
    repo.write(
      '.gitmodules',
      [
        module('good', 'path = good\nurl = https://example.org/good.git'),
        module('up', 'path = ../up\nurl = -u./payload'),
        module('run', 'path = run\nurl = ext::sh\nupdate = !touch x'),
      ].join(''),
    );

    expect((await findings()).findings.map(({ subject, danger }) => [subject, danger])).toEqual([
      ['submodule.up.path', 'leads'],
      ['submodule.up.url', 'runs'],
      ['submodule.run.url', 'runs'],
      ['submodule.run.update', 'runs'],
    ]);
  });

  it('finds what is wrong with the folders: foreign work trees, links out, who may write, what is borrowed', async () => {
    const gitDir = repo.file('.git');
    mkdirSync(join(gitDir, 'worktrees/away'), { recursive: true });
    writeFileSync(join(gitDir, 'worktrees/away/gitdir'), '/etc/passwd\n');
    symlinkSync('/etc/passwd', join(gitDir, 'logs/linked'));
    chmodSync(join(gitDir, 'config'), 0o666);
    const other = repo.cloneBare('other.git');
    repo.write('.git/objects/info/alternates', `${join(other.path, 'objects')}\n`);

    const subjects = (await findings()).findings.map(({ source, subject }) => `${source} ${subject}`);

    expect(subjects).toEqual(
      expect.arrayContaining([
        'worktree worktrees/away',
        'layout logs/linked',
        'layout config',
        'layout objects/info/alternates',
      ]),
    );
  });

  it('says of a linked work tree where its folder is', async () => {
    const path = join(repo.root, 'linked');
    repo.git(['worktree', 'add', '--quiet', path]);

    expect((await findings(path)).findings).toEqual([
      expect.objectContaining({ source: 'layout', subject: '.git', value: '../repo/.git/worktrees/linked' }),
    ]);
  });

  it.each([
    [
      'neutralised',
      'core.askPass=x protocol.allow=always http.https://x/.proxy=x core.pager=x mailmap.file=x',
    ],
    [
      'neutralised',
      'branch.x.mergeOptions=x commit.template=x submodule.recurse=true remote.x.promisor=true',
    ],
    ['neutralised', 'transfer.bundleURI=true push.gpgSign=true core.attributesFile=x remote.x.proxy=x'],
    ['refused', 'core.gitProxy=x url.x.insteadOf=y remote.x.vcs=x fetch.bundleURI=x http.sslVerify=false'],
    ['refused', 'http.https://x/.sslCert=x http.cookieFile=x tar.zip.command=x gc.recentObjectsHook=x'],
    ['unused', 'alias.x=!y uploadpack.packObjectsHook=x tar.x.command=x difftool.x.cmd=y sendemail.tocmd=x'],
  ])('knows of each key why it has no effect: %s %s', async (treatment, settings) => {
    const pairs = settings.split(' ').map((setting) => /^(.*?)=([^=]*)$/.exec(setting)?.slice(1) ?? []);
    for (const [key = '', value = ''] of pairs) config(key, value);

    const { findings: all } = await findings();

    expect(all.map((one) => [one.subject.toLowerCase(), one.treatment])).toEqual(
      expect.arrayContaining(pairs.map(([key = '']) => [key.toLowerCase(), treatment])),
    );
    expect(all.length).toBe(pairs.length);
  });

  it('says that the hooks and filters of a trusted repository do run', async () => {
    const trusting = await ToolBench.start((app) => {
      app.git.roots = [repo.root];
      app.git.trustedRoots = [repo.root];
    });
    repo.write('.git/hooks/pre-commit', '#!/bin/sh\n', 0o755).write('.gitattributes', '*.bin filter=lfs\n');
    config('filter.lfs.clean', 'git-lfs clean -- %f');
    config('core.fsmonitor', 'x');
    config('tar.zip.command', 'y');

    const { structured } = await trusting.call('git_security_validate', { repo_path: repo.path });
    await trusting.close();

    const all = structured['findings'] as readonly SecurityFinding[];
    expect([structured['verdict'], structured['trust']]).toEqual(['active', 'trusted']);
    expect(all.map(({ subject, treatment }) => [subject, treatment])).toEqual([
      ['core.fsmonitor', 'neutralised'],
      ['filter.lfs.clean', 'active'],
      ['tar.zip.command', 'active'],
      ['hooks/pre-commit', 'active'],
      ['.gitattributes', 'active'],
    ]);
  });

  it('works where the configuration is so that no command is run', async () => {
    config('include.path', '/etc/passwd');

    await expect(call('git_status')).rejects.toMatchObject({ code: 'untrusted_config' });
    expect(await found('include.path')).toEqual([expect.objectContaining({ treatment: 'refused' })]);
  });
});

describe('A repository that is full of traps', () => {
  let place: AttackPlace;
  let server: ToolBench;
  let all: readonly SecurityFinding[];

  beforeAll(async () => {
    place = AttackPlace.make();
    for (const { content } of PROGRAM_CASES) content?.(place);
    for (const { prepare } of PROGRAM_CASES) prepare(place);
    place.seal();
    server = await ToolBench.start(({ git }) => {
      git.roots = [place.roots];
    });
    const answer = await server.call('git_security_validate', { repo_path: place.repo, max_bytes: 2 ** 20 });
    all = answer.structured['findings'] as readonly SecurityFinding[];
  });

  afterAll(async () => {
    await server?.close();
    place?.remove();
  });

  it('is contained, and nothing of it runs to find that out', () => {
    expect(all.filter(({ treatment }) => treatment === 'active')).toEqual([]);
    expect(place.sung()).toEqual([]);
  });

  it('is known trap by trap: every key and hook that names a canary', () => {
    const entries = place.repository.git(['config', '--list', '--null', '--local']).split('\0');
    const armed = entries.filter((entry) => entry.includes(place.canaries) && !entry.startsWith('remote.'));
    const keys = armed.map((entry) => entry.split('\n', 1)[0]);
    const hooks = readdirSync(join(place.repo, '.git/hooks')).filter((name) => !name.endsWith('.sample'));
    const subjects = new Set(all.map(({ subject }) => subject));

    expect(keys.length).toBeGreaterThan(20);
    expect(keys.filter((key) => !subjects.has(key ?? ''))).toEqual([]);
    expect(hooks.filter((hook) => !subjects.has(`hooks/${hook}`))).toEqual([]);
    expect([...subjects]).toEqual(
      expect.arrayContaining(['gpg.program', 'remote.origin.uploadpack', '.gitattributes']),
    );
  });

  it('is safe for plain git as well, once git_security_enforce has done what was asked for', async () => {
    const remove = [
      ...new Set(all.filter(({ source }) => source === 'config').map(({ subject }) => subject)),
    ];
    const args = { repo_path: place.repo, remove, harden: true, disable_hooks: true };
    const before = place.repository.git(['config', '--list', '--local']);

    await expect(server.call('git_security_enforce', args)).rejects.toMatchObject({ code: 'forbidden' });
    expect(place.repository.git(['config', '--list', '--local'])).toBe(before);
    await server.confirmed('git_security_enforce', args);
    for (const command of [
      ['status'],
      ['diff', 'HEAD~2'],
      ['log', '-p', '-3'],
      ['add', '.'],
      ['commit', '-m', 'x'],
      ['fetch'],
    ])
      place.repository.git(command);

    expect(place.sung()).toEqual([]);
    expect(existsSync(join(place.repo, '.git/hooks/pre-commit'))).toBe(true);
    expect(place.repository.git(['config', 'core.hooksPath']).trim()).toBe('/dev/null');
  });
});

describe('git_security_enforce', () => {
  it('removes a key that keeps every command from running, in a file of its own too', async () => {
    config('extensions.worktreeConfig', 'true');
    config('include.path', '/etc/passwd');
    repo.write('.git/config.worktree', '[core]\n\tfsmonitor = touch x\n');

    const { structured } = await confirmed('git_security_enforce', {
      remove: ['include.path', 'core.fsmonitor'],
    });

    expect(structured['effects']).toEqual([
      { action: 'unset', subject: 'include.path', from: '/etc/passwd', to: null },
      { action: 'unset', subject: 'core.fsmonitor (config.worktree)', from: 'touch x', to: null },
    ]);
    await call('git_status');
  });

  it('touches no key that is not dangerous, and shows no secret that it removes', async () => {
    config('http.extraHeader', 'Authorization: Basic aHVudGVyMg==');

    await expect(
      call('git_security_enforce', { remove: ['core.bare'], dry_run: true }),
    ).rejects.toMatchObject({
      details: { reason: 'not-a-finding' },
    });
    const { text } = await confirmed('git_security_enforce', { remove: ['http.extraheader'] });

    expect(text).toBe('unset http.extraheader ***');
  });

  it('sets only what is not set so already', async () => {
    await call('git_security_enforce', { harden: true });

    expect((await call('git_security_enforce', { harden: true })).structured).toEqual({ effects: [] });
    expect(config('protocol.ext.allow')).toBe('never');
  });
});
