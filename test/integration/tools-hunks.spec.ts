import { writeFileSync } from 'node:fs';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { NestedRepository } from '../support/nested-repository.js';
import { ToolBench } from '../support/tool-bench.js';

interface Hunk {
  readonly id: string;
  readonly path: string;
  readonly kind: string;
}

const LINES = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`);
const textOf = (changes: Readonly<Record<number, string>> = {}) =>
  LINES.map((line, index) => `${changes[index + 1] ?? line}\n`).join('');

describe('Changes hunk by hunk', () => {
  let tools: ToolBench;
  let repo: GitRepository;

  beforeAll(async () => {
    tools = await ToolBench.start();
  });

  afterAll(() => tools.close());

  beforeEach(() => {
    repo = new GitRepository({ root: tools.folder() });
    repo.commitFiles('base', { 'a.txt': textOf(), 'ünï "q"\n.txt': textOf() });
  });

  const call = (name: string, args: object = {}) => tools.call(name, { repo_path: repo.path, ...args });
  const hunks = async (side = 'unstaged') =>
    (await call('git_hunks', { side })).structured['hunks'] as unknown as readonly Hunk[];
  const staged = (path = 'a.txt') => repo.git(['show', `:${path}`]);

  it('are staged and unstaged one at a time, by ids that stay', async () => {
    repo.write('a.txt', textOf({ 3: 'THREE', 25: 'FIVE' }));
    const [first, second] = await hunks();

    await call('git_stage_hunks', { hunks: [second?.id] });
    expect(staged()).toBe(textOf({ 25: 'FIVE' }));
    expect((await hunks()).map(({ id }) => id)).toEqual([first?.id]);
    expect((await hunks('staged')).map(({ id }) => id)).toEqual([second?.id]);

    await call('git_unstage_hunks', { hunks: [second?.id] });
    expect(repo.git(['diff', '--cached'])).toBe('');
    expect(repo.read('a.txt')).toBe(textOf({ 3: 'THREE', 25: 'FIVE' }));
  });

  it('are found again where lines were added above them', async () => {
    repo.write('a.txt', textOf({ 25: 'FIVE' }));
    const [hunk] = await hunks();

    repo.write('a.txt', textOf({ 1: 'new\nnew\nline 1', 25: 'FIVE' }));

    expect((await hunks()).map(({ id }) => id)).toContain(hunk?.id);
  });

  it.each([
    [10, 10, { 10: 'TEN' }],
    [11, 11, { 11: 'ELEVEN' }],
    [10, 12, { 10: 'TEN', 11: 'ELEVEN', 12: 'TWELVE' }],
  ])('are staged by the lines %i to %i', async (start_line, end_line, changes) => {
    repo.write('a.txt', textOf({ 10: 'TEN', 11: 'ELEVEN', 12: 'TWELVE' }));

    await call('git_stage_hunks', { path: 'a.txt', start_line, end_line });

    expect(staged()).toBe(textOf(changes));
    await call('git_unstage_hunks', { path: 'a.txt', start_line, end_line });
    expect(staged()).toBe(textOf());
  });

  it('are discarded line by line, only as planned', async () => {
    repo.write('a.txt', textOf({ 10: 'TEN', 11: 'ELEVEN' }));
    const lines = { path: 'a.txt', start_line: 11 };
    await expect(call('git_discard_hunks', { ...lines, confirm: true })).rejects.toMatchObject({
      code: 'forbidden',
    });

    await tools.confirmed('git_discard_hunks', { repo_path: repo.path, ...lines });

    expect(repo.read('a.txt')).toBe(textOf({ 10: 'TEN' }));
    expect(repo.git(['diff', '--cached'])).toBe('');
  });

  it('of every kind give, staged one by one, what git add gives', async () => {
    repo.commitFiles('more', { 'gone.txt': 'g\n', 'run.sh': 'r\n', bin: Buffer.from([0, 1, 0xff]) });
    repo.write('ünï "q"\n.txt', textOf({ 2: '', 20: 'x\r', 30: 'last' }).trimEnd());
    repo.write('a.txt', textOf({ 1: '-- a', 15: '@@ -1 +1 @@', 29: 'diff --git a/x b/x' }));
    repo.write('bin', Buffer.from([0, 2, 0xfe, 10])).write('run.sh', 'R\n', 0o755);
    repo.git(['rm', '--quiet', 'gone.txt']);
    repo.git(['reset', '--quiet']);
    const kinds = new Set<string>();

    for (let left = await hunks(); left[0]; left = await hunks()) {
      kinds.add(left[0].kind);
      await call('git_stage_hunks', { hunks: [left[0].id] });
    }

    expect([...kinds].toSorted()).toEqual(['binary', 'deleted', 'mode', 'modified']);
    const tree = repo.git(['write-tree']);
    repo.git(['add', '--all']);
    expect(repo.git(['write-tree'])).toBe(tree);
    repo.fsck();
  });

  it('that are the same twice are told apart, and not mistaken for one another later', async () => {
    const block = [...LINES.slice(0, 10), ...LINES.slice(0, 10)].join('\n');
    repo.commitFiles('twice', { 'twice.txt': `${block}\n` });
    repo.write('twice.txt', `${block.replaceAll('line 5\n', 'FIVE\n')}\n`);
    const [one, other] = await hunks();
    expect([one?.id, other?.id]).toEqual([
      expect.stringMatching(/\.1of2$/) as unknown,
      expect.stringMatching(/\.2of2$/) as unknown,
    ]);

    await call('git_stage_hunks', { hunks: [one?.id] });

    await expect(call('git_stage_hunks', { hunks: [one?.id] })).rejects.toMatchObject({
      details: { reason: 'no-such-hunk', hunks: [one?.id] },
    });
  });

  it('leave alone what the last line without an end belongs to', async () => {
    repo.commitFiles('open', { 'open.txt': 'a' });
    repo.write('open.txt', 'a\nb\n');

    await expect(
      call('git_stage_hunks', { path: 'open.txt', start_line: 2, end_line: 2 }),
    ).rejects.toMatchObject({ details: { reason: 'torn-line-end' } });
    await call('git_stage_hunks', { path: 'open.txt', start_line: 1, end_line: 2 });
    expect(staged('open.txt')).toBe('a\nb\n');
  });

  it('keep bytes that are no UTF-8, and look into no repository within', async () => {
    const nested = new NestedRepository(repo);
    writeFileSync(repo.file('a.txt'), Buffer.from(`${textOf({ 4: '\u00e9\u00ff' })}`, 'latin1'));
    nested.lookChanged();

    const [hunk, ...others] = await hunks();
    await call('git_stage_hunks', { hunks: [hunk?.id] });

    expect(others).toEqual([]);
    expect(repo.git(['diff', '--ignore-submodules=all'])).toBe('');
    expect(nested.wasRun).toBe(false);
  });

  it.each([
    [{}, { code: 'validation_failed' }],
    [{ path: 'a.txt' }, { code: 'validation_failed' }],
    [{ hunks: ['0'], path: 'a.txt', start_line: 1 }, { code: 'validation_failed' }],
    [{ path: 'a.txt', start_line: 5, end_line: 4 }, { code: 'validation_failed' }],
    [{ path: 'a.txt', start_line: 5 }, { details: { reason: 'no-change-in-range' } }],
    [{ path: '../a.txt', start_line: 5 }, { code: 'path_not_allowed' }],
    [{ hunks: ['nothing'] }, { details: { reason: 'no-such-hunk' } }],
  ])('are not chosen by %j', async (args, error) => {
    await expect(call('git_stage_hunks', args)).rejects.toMatchObject(error);
  });
});
