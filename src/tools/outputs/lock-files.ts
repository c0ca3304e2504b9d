import { type DiffAnswer } from '../../git/git-reads.port.js';
import { filesOf } from '../paging/patch.parser.js';

/** Written by package managers and read by nobody: long, and told by what stands in the file beside them. */
const LOCK_FILES = new Set([
  'package-lock.json',
  'npm-shrinkwrap.json',
  'yarn.lock',
  'pnpm-lock.yaml',
  'bun.lock',
  'bun.lockb',
  'deno.lock',
  'Cargo.lock',
  'Gemfile.lock',
  'composer.lock',
  'poetry.lock',
  'Pipfile.lock',
  'pdm.lock',
  'uv.lock',
  'pixi.lock',
  'conda-lock.yml',
  'go.sum',
  'mix.lock',
  'rebar.lock',
  'pubspec.lock',
  'Podfile.lock',
  'Package.resolved',
  'flake.lock',
  'packages.lock.json',
  'gradle.lockfile',
  'MODULE.bazel.lock',
  '.terraform.lock.hcl',
]);

export interface WithoutLockFiles {
  readonly diff: DiffAnswer;
  /** Whose patch was taken out. */
  readonly leftOut: readonly string[];
}

/**
 * The diff without the patches of lock files; the list of files still has them.
 *
 * @param wanted files that were asked for by their names stay
 */
export function withoutLockFiles(diff: DiffAnswer, wanted: readonly string[]): WithoutLockFiles {
  const leftOut = diff.files.map(({ path }) => path).filter((path) => isLeftOut(path, wanted));
  if (leftOut.length === 0) return { diff, leftOut };
  const kept = [...filesOf(diff.patch)].filter((part) => !isOneOf(part, leftOut));
  return { diff: { ...diff, patch: kept.join('') }, leftOut };
}

const MAX_OTHERS = 2_000;

/**
 * Where a patch was cut at `git.maxOutputBytes` and lock files are in it: what to ask for in place of everything, so
 * that they take nobody's place.
 *
 * @returns `undefined` where nothing is gained, or a name cannot be given back as it is
 */
export function pathsBesideLockFiles(
  { files, truncated }: DiffAnswer,
  wanted: readonly string[],
): readonly string[] | undefined {
  const others = files.filter(({ path }) => !isLeftOut(path, wanted));
  if (!truncated || others.length === files.length || others.length === 0) return undefined;
  const paths = others.flatMap(({ path, from }) => (from === undefined ? [path] : [from, path]));
  const areExact = paths.every((path) => !path.includes('\ufffd'));
  return areExact && paths.length <= MAX_OTHERS ? paths : undefined;
}

function isLeftOut(path: string, wanted: readonly string[]): boolean {
  return isLockFile(path) && !wanted.includes(path);
}

function isLockFile(path: string): boolean {
  return LOCK_FILES.has(path.slice(path.lastIndexOf('/') + 1));
}

/** The line that begins a file's patch ends with its name, in quotes where a folder of it has odd characters. */
function isOneOf(part: string, paths: readonly string[]): boolean {
  const [first = ''] = part.split('\n', 1);
  return paths.some((path) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    return first.endsWith(`/${path}`) || first.endsWith(` ${path}`) || first.endsWith(`/${name}"`);
  });
}
