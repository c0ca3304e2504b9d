import { spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SIZES = { commits: 300, changed: 3, branches: 20, tags: 0, lastBytes: 0 };
const NOTES = 50;
const PART_BYTES = 2 ** 20;
const IDENTITY = 'Ada <ada@example.org>';
const ISOLATED = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };

/** 20 folders of 20 folders, as deep as most projects are. */
const pathOf = (index) => `area${index % 20}/part${Math.floor(index / 20) % 20}/file${index}.txt`;

const contentOf = (index, version) =>
  Array.from(
    { length: 40 },
    (_, line) => `line ${line} of file ${index}${line % 10 === 3 ? ` in version ${version}` : ''}\n`,
  ).join('');

const file = (index, version) => {
  const content = contentOf(index, version);
  return `M 100644 inline ${pathOf(index)}\ndata ${Buffer.byteLength(content)}\n${content}\n`;
};

const LINE = `${'something to read '.repeat(4)}\n`;
const part = (at, bytes) => {
  const content = LINE.repeat(Math.ceil(bytes / LINE.length)).slice(0, bytes);
  return `M 100644 inline much/part${at / PART_BYTES}.txt\ndata ${bytes}\n${content}\n`;
};

function* history(files, { commits, changed, branches, tags, lastBytes }) {
  let mark = 0;
  const commit = (branch, at, subject) =>
    `commit refs/heads/${branch}\nmark :${(mark += 1)}\ncommitter ${IDENTITY} ${1_700_000_000 + at * 60} +0000\ndata ${subject.length}\n${subject}\n`;
  for (let version = 0; version < commits; version += 1) {
    yield commit('main', version, `Change number ${version}`);
    for (let i = 0; i < (version === 0 ? files : changed); i += 1)
      yield file(version === 0 ? i : (version * 7 + i * 13) % files, version);
  }
  if (lastBytes > 0) yield `${commit('main', commits, 'Much at once')}`;
  for (let at = 0; at < lastBytes; at += PART_BYTES) yield part(at, Math.min(PART_BYTES, lastBytes - at));
  yield `${commit('side', commits, 'On the side')}from :${commits - 10}\n${file(5, 'side')}`;
  yield `${commit('merge', commits + 1, 'Merge the side')}from :${commits}\nmerge :${mark - 1}\n${file(5, 'merged')}`;
  yield `commit refs/notes/commits\ncommitter ${IDENTITY} ${1_700_000_000 + (commits + 2) * 60} +0000\ndata 5\nNotes\n`;
  for (let i = 1; i <= Math.min(NOTES, commits); i += 1) yield `N inline :${i}\ndata 8\nReviewed\n`;
  for (let i = 0; i < branches; i += 1)
    yield `reset refs/heads/topic-${i}\nfrom :${commits - (i % commits)}\n\n`;
  for (let i = 0; i < tags; i += 1) yield `reset refs/tags/v${i}\nfrom :${commits - (i % commits)}\n\n`;
}

async function git(path, args, input = []) {
  const child = spawn('git', args, {
    cwd: path,
    env: { ...process.env, ...ISOLATED },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  for (const text of input) if (!child.stdin.write(text)) await once(child.stdin, 'drain');
  child.stdin.end();
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`git ${args[0]} ended with ${code}`);
  return output.trim();
}

/**
 * A repository with `files` files, some hundred commits, a merge, 22 branches, notes, and a few changes not committed.
 *
 * @param sizes other numbers of commits, files changed by each, branches and tags; `lastBytes` of text come with one
 *   commit more
 */
export async function generateRepository(files, sizes = {}) {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'bench-git-')));
  const remove = () => rmSync(path, { recursive: true, force: true });
  try {
    await git(path, ['init', '--quiet', '--initial-branch=main']);
    await git(path, ['fast-import', '--quiet'], history(files, { ...SIZES, ...sizes }));
    await git(path, ['pack-refs', '--all']);
    await git(path, ['reset', '--quiet', '--hard']);
    for (const index of [7, 8]) writeFileSync(join(path, pathOf(index)), contentOf(index, 'staged'));
    await git(path, ['add', '--all']);
    for (const index of [8, 9]) writeFileSync(join(path, pathOf(index)), contentOf(index, 'changed'));
    writeFileSync(join(path, 'untracked.txt'), 'new\n');
    // What was written within the clock tick of the index would be read again by each status, by all engines.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await git(path, ['update-index', '-q', '--really-refresh']).catch(() => undefined);
    const [old, young] = [await git(path, ['rev-parse', 'HEAD~3']), await git(path, ['rev-parse', 'HEAD'])];
    return { path, old, young, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** As the readers want it. */
export function asRepository({ path, ...rest }) {
  const gitDir = join(path, '.git');
  return {
    ...rest,
    path,
    gitDir,
    commonDir: gitDir,
    bare: false,
    objectFormat: 'sha1',
    refFormat: 'files',
    trust: 'untrusted',
  };
}
