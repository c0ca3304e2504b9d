import { execFileSync } from 'node:child_process';

import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { ToolBench } from '../support/tool-bench.js';
import { buildHistory, history } from './git-reads.histories.js';

const RUNS = Number(process.env['DIFFERENTIAL_RUNS'] ?? 12);
const JSON_FORM = { response_format: 'json', max_bytes: 2 ** 20 };
const NUL = '\0';

type Structured = Record<string, unknown>;
type Hunk = {
  sha: string;
  start_line: number;
  end_line: number;
  original_start: number;
  original_path: string;
};

/** What is asked of a history, with git's own options for it. */
const logs = fc.constantFrom<readonly [args: object, options: readonly string[], paths: readonly string[]]>(
  [{ paths: ['b.txt', 'dir'] }, [], ['b.txt', 'dir']],
  [{ paths: ['a.c'], follow: true }, ['--follow'], ['a.c']],
  [{ paths: ['new\nline', '-dash'] }, [], ['new\nline', '-dash']],
  [{ merges: 'only' }, ['--merges'], []],
  [{ merges: 'none', first_parent: true }, ['--no-merges', '--first-parent'], []],
  [{ author: 'Ünï|Ada' }, ['-E', '--author=Ünï|Ada'], []],
  [{ author: 'ADA', ignore_case: true }, ['-i', '--author=ADA'], []],
  [{ grep: '^(two|subject)$' }, ['-E', '--grep=^(two|subject)$'], []],
  [{ grep: 'ünï', fixed_strings: true }, ['-F', '--grep=ünï'], []],
  [{ pickaxe: 'int main(void)' }, ['-Sint main(void)'], []],
  [{ pickaxe: 'a', paths: ['dir'] }, ['-Sa'], ['dir']],
  [{ diff_grep: '^[ab]$' }, ['-G^[ab]$'], []],
  [{ graph: true }, ['--topo-order'], []],
  [{ graph: true, paths: ['b.txt'] }, ['--topo-order', '--graph'], ['b.txt']],
  [{ skip: 1, merges: 'none' }, ['--skip=1', '--no-merges'], []],
);
const comparisons = fc.constantFrom<readonly [args: object, options: readonly string[]]>(
  [{ whitespace: 'ignore-all' }, ['-w']],
  [{ whitespace: 'ignore-change', ignore_blank_lines: true }, ['-b', '--ignore-blank-lines']],
  [{ whitespace: 'ignore-cr-at-eol' }, ['--ignore-cr-at-eol']],
  [{ renames: 'off' }, ['--no-renames']],
  [{ renames: 'copies', similarity: 30 }, ['-M30%', '-C30%', '--find-copies-harder']],
  [{ algorithm: 'patience', context_lines: 1 }, ['--patience', '-U1']],
  [{ algorithm: 'histogram' }, ['--histogram']],
  [{ paths: ['dir', 'a.c'] }, ['--', 'dir', 'a.c']],
);

describe('On any history', () => {
  let bench: ToolBench;

  beforeAll(async () => {
    bench = await ToolBench.start();
  });
  afterAll(() => bench.close());

  async function onEachHistory(
    check: (place: Place, tip: string, draw: fc.GeneratorValue) => Promise<void>,
  ): Promise<void> {
    const property = fc.asyncProperty(history, fc.gen(), async (commits, draw) => {
      const place = new Place(bench);
      const shas = buildHistory(place.repo, commits);
      await check(place, shas.at(-1) ?? '', draw);
    });
    await fc.assert(property, { numRuns: RUNS, interruptAfterTimeLimit: 90_000 });
  }

  it('git_log finds the commits that git finds', async () => {
    let found = 0;
    await onEachHistory(async (place, tip, draw) => {
      for (let asked = 0; asked < 6; asked += 1) {
        const [args, options, paths] = draw(() => logs);
        const { commits } = await place.ask('git_log', { revision: tip, max_count: 100, ...args });
        const shas = (commits as { sha: string }[]).map(({ sha }) => sha);
        const own = place.lines(['log', '--format=%x00%H', ...options, tip, '--', ...paths]);
        const expected = own.flatMap((line) => line.split(NUL)[1] ?? []);

        expect([args, shas]).toEqual([args, expected]);
        found += shas.length;
      }
    });
    expect(found).toBeGreaterThan(RUNS);
  }, 120_000);

  it('git_log draws the graph that git draws', async () => {
    await onEachHistory(async (place, tip) => {
      const { commits } = await place.ask('git_log', { revision: tip, max_count: 100, graph: true });

      const drawn = (commits as { graph: string; sha: string }[]).map(({ graph, sha }) => {
        const [first = '', ...rest] = graph.split('\n');
        return [`${first}${sha}`, ...rest].join('\n');
      });
      const own = place.lines(['log', '--graph', '--format=%H', tip]).map((line) => line.trimEnd());
      expect(
        drawn
          .join('\n')
          .split('\n')
          .map((line) => line.trimEnd()),
      ).toEqual(own);
    });
  }, 120_000);

  it('git_diff has the patch that git prints with the same options', async () => {
    let printed = 0;
    await onEachHistory(async (place, tip, draw) => {
      const shas = place.lines(['rev-list', '--all']);
      for (let asked = 0; asked < 4; asked += 1) {
        const [args, options] = draw(() => comparisons);
        const from = shas[draw(() => fc.nat({ max: shas.length - 1 }))] ?? tip;
        const { patch } = await place.ask('git_diff', {
          target: `${from}..${tip}`,
          lock_files: true,
          ...args,
        });
        const expected = place.git(['diff', '--full-index', '-M', from, tip, ...options]);

        expect([args, patch]).toEqual([args, expected]);
        printed += expected.length;
      }
    });
    expect(printed).toBeGreaterThan(RUNS);
  }, 120_000);

  it('git_blame names for each line the commit and the place that git names', async () => {
    let lines = 0;
    await onEachHistory(async (place, tip) => {
      for (const path of place.files(tip)) {
        const { hunks } = await place.ask('git_blame', { revision: tip, path, moves: true });
        const blamed = (hunks as Hunk[]).flatMap(({ sha, start_line, end_line, original_start }) =>
          Array.from(
            { length: end_line - start_line + 1 },
            (_, at) => `${sha} ${original_start + at} ${start_line + at}`,
          ),
        );
        const own = place.lines(['blame', '--line-porcelain', '-M', tip, '--', path]);
        const expected = own.flatMap((line) => /^[0-9a-f]{40} \d+ \d+/.exec(line)?.[0] ?? []);

        expect([path, blamed]).toEqual([path, expected]);
        lines += blamed.length;
      }
    });
    expect(lines).toBeGreaterThan(RUNS);
  }, 120_000);

  it('git_cat_file has every byte of every file', async () => {
    let bytes = 0;
    await onEachHistory(async (place, tip) => {
      for (const path of place.files(tip)) {
        const { content, size } = await place.ask('git_cat_file', {
          revision: tip,
          path,
          encoding: 'base64',
        });
        const expected = place.raw(['cat-file', 'blob', `${tip}:${path}`]);

        expect([path, content, size]).toEqual([path, expected.toString('base64'), expected.length]);
        bytes += expected.length;
      }
    });
    expect(bytes).toBeGreaterThan(RUNS);
  }, 120_000);

  it('git_co_change counts what the commits of git hold', async () => {
    let counted = 0;
    await onEachHistory(async (place, tip) => {
      for (const path of place.files(tip).slice(0, 3)) {
        const { files, commits } = await place.ask('git_co_change', { revision: tip, paths: [path] });
        const together = place
          .lines(['rev-list', '--no-merges', tip, '--', path])
          .map((sha) => place.changed(sha))
          .filter((names) => names.includes(path));
        const expected = new Map<string, number>();
        for (const name of together.flat())
          if (name !== path) expected.set(name, (expected.get(name) ?? 0) + 1);
        const found = (files as { path: string; count: number }[]).map(
          ({ path: other, count }) => [other, count] as const,
        );

        expect(commits).toBe(together.length);
        expect(new Map(found)).toEqual(expected);
        counted += found.length;
      }
    });
    expect(counted).toBeGreaterThan(0);
  }, 120_000);
});

/** One repository, asked by the tools and by git. */
class Place {
  readonly repo: GitRepository;

  constructor(private readonly bench: ToolBench) {
    this.repo = new GitRepository({ root: bench.folder() });
  }

  async ask(name: string, args: object): Promise<Structured> {
    return (await this.bench.call(name, { repo_path: this.repo.path, ...JSON_FORM, ...args })).structured;
  }

  git(args: readonly string[]): string {
    return this.repo.git(['--literal-pathspecs', '-c', 'core.quotePath=false', ...args]);
  }

  lines(args: readonly string[]): string[] {
    return this.git(args)
      .split('\n')
      .filter((line) => line !== '');
  }

  raw(args: readonly string[]): Buffer {
    return execFileSync('git', args, { cwd: this.repo.path, maxBuffer: 2 ** 28 });
  }

  files(sha: string): string[] {
    return this.git(['ls-tree', '-r', '-z', '--name-only', sha]).split(NUL).filter(Boolean);
  }

  changed(sha: string): string[] {
    const options = ['-r', '-z', '--root', '--name-only', '--no-commit-id', '--no-renames'];
    return this.git(['diff-tree', ...options, sha])
      .split(NUL)
      .filter(Boolean);
  }
}
