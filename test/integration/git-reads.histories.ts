import { execFileSync } from 'node:child_process';

import * as fc from 'fast-check';

import { type GitRepository } from '../support/git-repository.js';

/** Contents are made of few lines, so that they have something in common, and some are what git calls binary. */
const line = fc.constantFrom(
  'a',
  'b',
  '  indented {',
  '}',
  '',
  'int main(void)',
  'ä é 漢',
  'x\r',
  '\tmixed ',
  '+plus',
  '-minus',
  '@@ -1 +1 @@',
  'diff --git a/x b/x',
);
/** Described and not yet built, so that a counterexample stays readable. */
export const content = fc.record({
  lines: fc.array(line, { maxLength: 40 }),
  newline: fc.boolean(),
  kind: fc.constantFrom('text', 'text', 'text', 'text', 'binary', 'late-binary', 'not-utf8'),
});

const name = fc.constantFrom(
  'a',
  'b.txt',
  'with space',
  'ünï',
  'quo"te',
  'back\\slash',
  'new\nline',
  'tab\t',
  '-dash',
  '!bang',
  'a.c',
  '漢字',
  '😀',
);
export const path = fc
  .tuple(fc.constantFrom('', 'dir/', 'dir/deep/', 'a.d/', 'ö/'), name)
  .map(([folder, file]) => folder + file);
const mode = fc.constantFrom('100644', '100644', '100644', '100755', '120000');

const edit = fc.record({ path, content: fc.option(content, { nil: null, freq: 4 }), mode });
export const message = fc.constantFrom(
  'one line\n',
  'no newline',
  'subject\n\nbody\n',
  '\n\nleading\n',
  'two\nlines\n\nbody',
  '',
  ' spaces \n',
  'ünï\n',
  'cr\r\nlf\r\n',
);
const identity = fc.constantFrom(
  'Ada <ada@example.org>',
  'Ünï Cödé <u@x>',
  'No Mail <>',
  'A. B. "C" <a@b c>',
);
const zone = fc.constantFrom('+0000', '-0830', '+1345', '-0000');

/** Dates are few, so that many are equal and some go backwards. */
const commit = fc.record({
  edits: fc.array(edit, { maxLength: 4 }),
  message,
  identity,
  at: fc.integer({ min: 0, max: 6 }).map((hour) => 1_700_000_000 + hour * 3_600),
  zone,
  parents: fc.array(fc.nat(), { maxLength: 2 }),
});

export const history = fc.array(commit, { minLength: 1, maxLength: 8 });
export type Content = typeof content extends fc.Arbitrary<infer T> ? T : never;
export type History = typeof history extends fc.Arbitrary<infer T> ? T : never;

/** Builds the commits with one process, oldest first, and returns their ids. Each is a branch, `c0`, `c1` and so on. */
export function buildHistory(repo: GitRepository, commits: History): string[] {
  const parts: (string | Buffer)[] = [];
  for (const [index, { edits, message, identity, at, zone, parents }] of commits.entries()) {
    const bytes = Buffer.byteLength(message);
    const who = `${identity} ${at} ${zone}`;
    parts.push(
      `commit refs/heads/c${index}\nmark :${index + 1}\nauthor ${who}\ncommitter ${who}\ndata ${bytes}\n${message}\n`,
    );
    const known = [...new Set(parents.map((parent) => parent % Math.max(index, 1)))].filter(
      (parent) => parent < index,
    );
    for (const [order, parent] of known.entries())
      parts.push(`${order === 0 ? 'from' : 'merge'} :${parent + 1}\n`);
    for (const edit of edits) parts.push(...editOf(edit));
    parts.push('\n');
  }
  const input = Buffer.concat(parts.map((part) => Buffer.from(part)));
  execFileSync('git', ['fast-import', '--quiet', '--force'], {
    cwd: repo.path,
    input,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  return commits.map((_, index) => repo.revision(`refs/heads/c${index}`));
}

export function bytesOf({ lines, newline, kind }: Content): Buffer {
  const text = Buffer.from(lines.join('\n') + (newline && lines.length > 0 ? '\n' : ''));
  if (kind === 'binary') return Buffer.concat([text, Buffer.from([0]), text]);
  // Git looks for a NUL in the first 8,000 bytes.
  if (kind === 'late-binary') return Buffer.concat([Buffer.alloc(8_100, 'x\n'), text, Buffer.from([0, 10])]);
  return kind === 'not-utf8' ? Buffer.concat([text, Buffer.from([0xff, 0xfe, 10])]) : text;
}

function editOf({ path, content, mode }: History[number]['edits'][number]): (string | Buffer)[] {
  const quoted = `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
  if (content === null) return [`D ${quoted}\n`];
  // What a link points to is a path, and a short one.
  const bytes = mode === '120000' ? Buffer.from(`to ${content.kind}`) : bytesOf(content);
  return [`M ${mode} inline ${quoted}\ndata ${bytes.length}\n`, bytes, '\n'];
}

const mergedLine = fc.oneof(
  fc.constantFrom(
    '',
    '}',
    '  x',
    'int main(void)',
    '\tdeep',
    'a',
    'void a_function_with_a_long_name(int and, int arguments)',
  ),
  fc.nat({ max: 400 }).map((number) => `line ${number} of some length that is its own`),
);
const splice = fc.record({
  at: fc.nat(),
  removed: fc.nat({ max: 4 }),
  added: fc.array(mergedLine, { maxLength: 4 }),
});
const splices = fc.array(splice, { maxLength: 3 });

/** A file in the common ancestor, in both parents and in the merge of them, each with what changed from the one before. */
export const mergedFile = fc.record({
  lines: fc.oneof(
    fc.array(mergedLine, { maxLength: 30 }),
    // So long that its two ends have little to do with each other.
    fc.array(mergedLine, { minLength: 60, maxLength: 150 }),
    fc
      .nat({ max: 120 })
      .map((count) => Array.from({ length: count }, (_, at) => `  line number ${at} is here\t`)),
  ),
  ours: splices,
  theirs: splices,
  merged: splices,
  mergedFrom: fc.constantFrom('base', 'ours', 'theirs', 'both'),
  newline: fc.boolean(),
});
type MergedFile = typeof mergedFile extends fc.Arbitrary<infer T> ? T : never;
type Splices = MergedFile['ours'];

/** Builds one merge of two branches that have changed the same files, and returns its id. */
export function buildMerge(repo: GitRepository, files: readonly MergedFile[]): string {
  const versions = files.map(({ lines, ours, theirs, merged, mergedFrom }) => {
    const [one, other] = [changed(lines, ours), changed(lines, theirs)];
    const from = { base: lines, ours: one, theirs: other, both: changed(one, theirs) }[mergedFrom];
    return [lines, one, other, changed(from, merged)];
  });
  const parents = ['', 'from :1\n', 'from :1\n', 'from :2\nmerge :3\n'];
  const commits = parents.map((from, version) => {
    const written = files.map(({ newline }, at) => {
      const text = (versions[at]?.[version] ?? []).join('\n') + (newline ? '\n' : '');
      return `M 100644 inline file${at}.c\ndata ${Buffer.byteLength(text)}\n${text}\n`;
    });
    const head = `commit refs/heads/v${version}\nmark :${version + 1}\ncommitter Ada <a@x> ${1_700_000_000 + version} +0000\n`;
    return `${head}data 1\nx\n${from}${written.join('')}\n`;
  });
  const input = commits.join('');
  execFileSync('git', ['fast-import', '--quiet', '--force'], {
    cwd: repo.path,
    input,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  return repo.revision('refs/heads/v3');
}

function changed(lines: readonly string[], changes: Splices): readonly string[] {
  const result = [...lines];
  for (const { at, removed, added } of changes) result.splice(at % (result.length + 1), removed, ...added);
  return result;
}
