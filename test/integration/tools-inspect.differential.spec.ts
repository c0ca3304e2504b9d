import { execFileSync } from 'node:child_process';

import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { ToolBench } from '../support/tool-bench.js';
import { buildHistory, history } from './git-reads.histories.js';

type Structured = Record<string, unknown>;

const RUNS = Number(process.env['DIFFERENTIAL_RUNS'] ?? 6);
const FILES = 3_000;
const COMMITS = 400;
const NOON = 1_700_000_000;
const WHOLE = { response_format: 'json', max_bytes: 2 ** 20 };

const lines = (text: string) => text.split('\n').filter((line) => line !== '');
const records = (text: string) => text.split('\0').filter((record) => record !== '');
const rows = (structured: Structured, field: string, ...of: string[]) =>
  (structured[field] as Structured[]).map((record) => of.map((name) => String(record[name])).join(' '));

const stageLine = ({ mode, sha, stage = 0, path }: Structured) =>
  `${String(mode)} ${String(sha)} ${String(stage)}\t${String(path)}`;

/** Generated histories: merges, modes, links, binary files, odd names, bytes that are no UTF-8, equal dates. */
describe('The tools that inspect, on generated histories', () => {
  let bench: ToolBench;

  beforeAll(async () => {
    bench = await ToolBench.start();
  });
  afterAll(() => bench.close());

  async function onEach(
    check: (git: (...args: string[]) => string, tool: Tool, tips: readonly string[]) => Promise<void>,
  ): Promise<void> {
    await fc.assert(
      fc.asyncProperty(history, async (commits) => {
        const repo = new GitRepository({ root: bench.folder() });
        const tips = buildHistory(repo, commits);
        const tool: Tool = async (name, args) =>
          (await bench.call(name, { repo_path: repo.path, ...WHOLE, ...args })).structured;
        await check((...args) => repo.git(['-c', 'core.quotePath=false', ...args]), tool, tips);
      }),
      { numRuns: RUNS, interruptAfterTimeLimit: 60_000 },
    );
  }

  it('list the trees that git lists, and find in them what git finds', async () => {
    await onEach(async (git, tool, tips) => {
      for (const revision of tips) {
        const tree = await tool('git_ls_tree', { revision, recursive: true });
        const found = await tool('git_grep', { revision, pattern: '[ab}]$' });

        expect(rows(tree, 'entries', 'sha', 'path')).toEqual(
          records(git('ls-tree', '-z', '-r', revision)).map((one) => one.replace(/^\d+ \w+ (\w+)\t/, '$1 ')),
        );
        const output = matches(git, '-z', '-n', '-I', '--column', '-E', '-e', '[ab}]$', revision);
        expect(rows(found, 'lines', 'path', 'line', 'text').join('\n')).toBe(
          output.replaceAll(`${revision}:`, '').replace(/\n$/, ''),
        );
      }
    });
  }, 90_000);

  it('list the index that git lists, also with conflicts', async () => {
    await onEach(async (git, tool, tips) => {
      const [one = '', other = tips[0] ?? '', base = other] = tips.slice(-3);
      for (const trees of [[one], ['-m', '--aggressive', base, one, other]]) {
        git('read-tree', '--empty');
        git('read-tree', ...trees);
        const { files } = await tool('git_ls_files', {});
        const { files: unmerged } = await tool('git_ls_files', { which: 'unmerged' });

        expect([files, unmerged].map((found) => (found as Structured[]).map(stageLine))).toEqual(
          ['--stage', '--unmerged'].map((kind) => records(git('ls-files', '-z', kind))),
        );
      }
    });
  }, 90_000);

  it('find the bases, the merges and the contributors that git finds', async () => {
    await onEach(async (git, tool, tips) => {
      const [one = '', other = tips[0] ?? ''] = tips.slice(-2);
      const bases = await tool('git_merge_base', { commits: [one, other], question: 'all' });
      const contributors = await tool('git_shortlog', { revision: other });
      const churn = await tool('git_shortlog', { revision: other, churn: true });
      const commits = await tool('git_cherry', { upstream: one, head: other });

      expect(bases['commits']).toEqual(lines(orNothing(() => git('merge-base', '--all', one, other))));
      expect(rows(contributors, 'contributors', 'commits', 'name')).toEqual(
        lines(git('shortlog', '-s', '-n', '-e', other)).map((line) =>
          line.trim().replace(/\t([^]*?) <[^<>]*>$/, ' $1'),
        ),
      );
      expect(churn['commits']).toBe(Number(git('rev-list', '--count', other)));
      expect(sum(churn, 'additions') + sum(churn, 'deletions')).toBe(
        lines(git('log', '--numstat', '--no-renames', '--format=', other))
          .flatMap((line) => line.split('\t').slice(0, 2))
          .reduce((total, count) => total + (count === '-' ? 0 : Number(count)), 0),
      );
      expect(rows(commits, 'commits', 'sha')).toEqual(
        lines(git('cherry', one, other)).map((line) => line.slice(2)),
      );

      const options = ['merge-tree', '--write-tree', '-z', '--allow-unrelated-histories'];
      const preview = await tool('git_merge_tree', { ours: one, theirs: other, unrelated: true });
      const [tree] = orFailed(() => git(...options, one, other)).split('\0');
      expect(preview['tree']).toBe(tree);
    });
  }, 90_000);
});

describe('The tools that inspect, in a large repository', () => {
  let bench: ToolBench;
  let repo: GitRepository;

  beforeAll(async () => {
    bench = await ToolBench.start();
    repo = new GitRepository({ root: bench.folder() });
    const files = Array.from({ length: FILES }, (_, at) => {
      const text = `line of ${at}\nneedle ${at % 3}\n`;
      return `M 100644 inline area${at % 40}/part${at % 7}/file${at}.txt\ndata ${text.length}\n${text}\n`;
    });
    const commits = Array.from(
      { length: COMMITS },
      (_, at) =>
        `commit refs/heads/main\ncommitter Ada ${at % 9} <ada${at % 9}@x.org> ${NOON + at * 60} +0000\ndata 1\nx\n` +
        (at === 0 ? files.join('') : `M 100644 inline log\ndata ${String(at).length}\n${at}\n`),
    );
    execFileSync('git', ['fast-import', '--quiet'], {
      cwd: repo.path,
      input: commits.join(''),
      stdio: 'pipe',
    });
    repo.git(['reset', '--quiet', '--hard']);
  });
  afterAll(() => bench.close());

  const git = (...args: string[]) => lines(repo.git(args));

  /** All pages of an answer, each as large as a call gets it that asks for nothing else. */
  async function everyPage(name: string, args: object, field: string): Promise<readonly Structured[]> {
    const all: Structured[] = [];
    let cursor: unknown;
    let pages = 0;
    do {
      const page = { repo_path: repo.path, ...args, ...(cursor !== undefined && { cursor }) };
      const { structured } = await bench.call(name, page);
      all.push(...(structured[field] as Structured[]));
      cursor = structured['next_cursor'];
      pages += 1;
    } while (cursor !== undefined);
    expect(pages).toBeGreaterThan(3);
    return all;
  }

  it('give in pages all that git gives, each once and in its order', async () => {
    const tree = await everyPage('git_ls_tree', { recursive: true }, 'entries');
    const index = await everyPage('git_ls_files', {}, 'files');
    const found = await everyPage('git_grep', { pattern: 'needle 1' }, 'lines');

    expect(tree.map(({ sha, path }) => `${String(sha)}\t${String(path)}`)).toEqual(
      git('ls-tree', '-r', 'HEAD').map((line) => line.slice(line.indexOf(' ', 7) + 1)),
    );
    expect(index.map(({ path }) => path)).toEqual(git('ls-files'));
    expect(found.map(({ path, line, text }) => [path, line, text].join(':'))).toEqual(
      git('grep', '-n', 'needle 1'),
    );
  }, 120_000);

  it('count the commits that git counts', async () => {
    const { structured } = await bench.call('git_shortlog', { repo_path: repo.path });

    expect(structured['commits']).toBe(COMMITS);
    expect(rows(structured, 'contributors', 'commits', 'name')).toEqual(
      lines(repo.git(['shortlog', '-s', '-n', 'HEAD'])).map((line) => line.trim().replace('\t', ' ')),
    );
  });
});

type Tool = (name: string, args: object) => Promise<Structured>;

function sum(structured: Structured, field: string): number {
  return (structured['contributors'] as Record<string, number>[]).reduce(
    (total, one) => total + (one[field] ?? 0),
    0,
  );
}

/** Git ends with 1 where there is nothing, and has said nothing. */
function orNothing(run: () => string): string {
  try {
    return run();
  } catch {
    return '';
  }
}

/** Git ends with 1 where there are conflicts, and has said which. */
function orFailed(run: () => string): string {
  try {
    return run();
  } catch (error) {
    return String((error as { stdout?: unknown }).stdout);
  }
}

/** `path line text` of each line, without the column. */
function matches(git: (...args: string[]) => string, ...args: string[]): string {
  return orNothing(() => git('grep', ...args))
    .split('\n')
    .map((line) => line.replace(/\0(\d+)\0\d+\0/, ' $1 ').replace(/\r$/, ''))
    .join('\n');
}
