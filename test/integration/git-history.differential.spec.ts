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

describe('On a large history', () => {
  let bench: ToolBench;
  let place: Place;

  beforeAll(async () => {
    bench = await ToolBench.start();
    place = new Place(bench);
    buildLargeHistory(place.repo);
  }, 60_000);
  afterAll(() => bench.close());

  it.each<readonly [args: object, options: readonly string[]]>([
    [{}, []],
    [{ paths: ['d3/f3.txt'] }, ['--', 'd3/f3.txt']],
    [{ pickaxe: 'version 700' }, ['-Sversion 700']],
    [{ merges: 'only' }, ['--merges']],
    [{ grep: '77$' }, ['--grep=77$']],
    [{ all: true, first_parent: true }, ['--branches', '--first-parent']],
  ])(
    'git_log finds for %j the commits that git finds, in pages',
    async (args, options) => {
      const shas: string[] = [];
      let cursor: unknown;
      do {
        const page = { max_count: 700, layout: 'oneline', ...args, ...(cursor !== undefined && { cursor }) };
        const { commits, next_cursor } = await place.ask('git_log', page);
        shas.push(...(commits as { sha: string }[]).map(({ sha }) => sha));
        cursor = next_cursor;
      } while (cursor !== undefined);

      expect(shas).toEqual(place.lines(['log', '--format=%H', ...options]));
      expect(shas.length).toBeGreaterThan(0);
    },
    60_000,
  );

  it('git_blame, git_cat_file, git_diff and git_show say what git says', async () => {
    const path = 'd3/f3.txt';
    const { hunks } = await place.ask('git_blame', { path });
    const { content } = await place.ask('git_cat_file', { path, revision: 'HEAD~900' });
    const { patch } = await place.ask('git_diff', {
      target: 'HEAD~300..HEAD',
      paths: ['d3', 'd4'],
      context_lines: 1,
    });
    const { diff } = await place.ask('git_show', { revision: 'HEAD~50', output: 'name-only' });

    const blamed = (hunks as Hunk[]).flatMap(({ sha, start_line, end_line }) =>
      Array.from({ length: end_line - start_line + 1 }, () => sha),
    );
    const own = place.lines(['blame', '--line-porcelain', 'HEAD', '--', path]);
    expect(blamed).toEqual(own.flatMap((line) => /^([0-9a-f]{40}) \d+ \d+/.exec(line)?.[1] ?? []));
    expect(content).toBe(place.git(['show', `HEAD~900:${path}`]));
    expect(patch).toBe(
      place.git(['diff', '--full-index', '-M', '-U1', 'HEAD~300', 'HEAD', '--', 'd3', 'd4']),
    );
    expect((diff as { files: { path: string }[] }).files.map(({ path: name }) => name)).toEqual(
      place.lines(['show', '--format=', '--name-only', 'HEAD~50']),
    );
  }, 60_000);
});

const contentOf = (file: number, version: number) =>
  Array.from(
    { length: 12 },
    (_, at) => `line ${at} of ${file}${at % 5 === version % 5 ? ` version ${version}` : ''}\n`,
  ).join('');
const fileOf = (file: number, version: number) => {
  const content = contentOf(file, version);
  return `M 100644 inline d${file % 40}/f${file}.txt\ndata ${content.length}\n${content}\n`;
};

/** 2,000 files in 40 folders, 1,500 commits of three files each, every tenth of them merged from a branch. */
function buildLargeHistory(repo: GitRepository): void {
  const parts: string[] = [];
  let mark = 0;
  const commitOf = (branch: string, version: number, parents: readonly number[]) => {
    mark += 1;
    const subject = `Change ${version}`;
    const [from, ...merged] = parents;
    parts.push(
      `commit refs/heads/${branch}\nmark :${mark}\ncommitter Ada <ada@example.org> ${1_700_000_000 + mark * 60} +0000\n`,
      `data ${subject.length}\n${subject}\n`,
      from === undefined ? '' : `from :${from}\n`,
      ...merged.map((parent) => `merge :${parent}\n`),
    );
    const files = version === 0 ? Array.from({ length: 2_000 }, (_, at) => at) : [version % 7, 43, version];
    for (const file of files) parts.push(fileOf(file % 2_000, version));
    return mark;
  };
  let tip = commitOf('main', 0, []);
  for (let version = 1; version < 1_500; version += 1) {
    const side = version % 10 === 0 ? [commitOf('side', version, [tip])] : [];
    tip = commitOf('main', version, [tip, ...side]);
  }
  execFileSync('git', ['fast-import', '--quiet'], { cwd: repo.path, input: parts.join('') });
}

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

  it('git_log of lines has the commits and the patches of git', async () => {
    let found = 0;
    await onEachHistory(async (place, tip) => {
      for (const path of place.files(tip)) {
        const lines =
          place
            .raw(['cat-file', 'blob', `${tip}:${path}`])
            .toString('latin1')
            .split('\n').length - 1;
        if (lines < 2) continue;
        const args = { revision: tip, paths: [path], start_line: 2, end_line: lines, max_count: 100 };
        const { commits } = await place.ask('git_log', args);
        const mark = 'beginning-of-a-commit';
        const output = place.git(['log', `--format=${mark}%H`, '--full-index', `-L2,${lines}:${path}`, tip]);
        const expected = output
          .split(mark)
          .slice(1)
          .map((part) => [part.slice(0, 40), part.slice(41).trim()]);

        const shown = (commits as { sha: string; patch: string }[]).map(({ sha, patch }) => [
          sha,
          patch.trim(),
        ]);
        expect([path, shown]).toEqual([path, expected]);
        found += shown.length;
      }
    });
    expect(found).toBeGreaterThan(0);
  }, 120_000);

  it('git_diff marks the words that git marks, whatever the lines hold', async () => {
    let marked = 0;
    await onEachHistory(async (place, tip) => {
      for (const from of place.lines(['rev-list', '--all'])) {
        // Git itself loses the rest of a word with a NUL, and the mark of its end.
        if (place.raw(['diff', '--text', from, tip]).includes(0)) continue;
        const { patch } = await place.ask('git_diff', { target: `${from}..${tip}`, word_diff: true });
        const expected = place.git(['diff', '--full-index', '-M', '--word-diff=plain', from, tip]);

        expect(wordsOf(patch as string)).toEqual(expected);
        marked += expected.split('{+').length;
      }
    });
    expect(marked).toBeGreaterThan(RUNS);
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

/** Without the blank that stands before each line of content. */
function wordsOf(patch: string): string {
  let isHunk = false;
  const lines = patch.split('\n').map((line) => {
    if (line.startsWith('diff ')) isHunk = false;
    const content = isHunk && line.startsWith(' ') ? line.slice(1) : line;
    if (line.startsWith('@@ ')) isHunk = true;
    return content;
  });
  return lines.join('\n');
}

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
