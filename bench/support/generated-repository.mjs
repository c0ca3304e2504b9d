import { spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const COMMITS = 300;
const BRANCHES = 20;
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

function* history(files) {
  let mark = 0;
  const commit = (branch, at, subject) =>
    `commit refs/heads/${branch}\nmark :${(mark += 1)}\ncommitter ${IDENTITY} ${1_700_000_000 + at * 60} +0000\ndata ${subject.length}\n${subject}\n`;
  for (let version = 0; version < COMMITS; version += 1) {
    yield commit('main', version, `Change number ${version}`);
    const changed = version === 0 ? files : 3;
    for (let i = 0; i < changed; i += 1)
      yield file(version === 0 ? i : (version * 7 + i * 13) % files, version);
  }
  yield `${commit('side', COMMITS, 'On the side')}from :${COMMITS - 10}\n${file(5, 'side')}`;
  yield `${commit('merge', COMMITS + 1, 'Merge the side')}from :${COMMITS}\nmerge :${mark - 1}\n${file(5, 'merged')}`;
  for (let i = 0; i < BRANCHES; i += 1) yield `reset refs/heads/topic-${i}\nfrom :${COMMITS - i}\n\n`;
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

/** A repository with `files` files, some hundred commits, a merge, 22 branches, and a few changes not committed. */
export async function generateRepository(files) {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'bench-git-')));
  const remove = () => rmSync(path, { recursive: true, force: true });
  try {
    await git(path, ['init', '--quiet', '--initial-branch=main']);
    await git(path, ['fast-import', '--quiet'], history(files));
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
