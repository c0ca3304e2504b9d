import { type DiffAnswer } from '../../git/git-reads.port.js';

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
  const leftOut = diff.files
    .map(({ path }) => path)
    .filter((path) => isLockFile(path) && !wanted.includes(path));
  if (leftOut.length === 0) return { diff, leftOut };
  const kept = diff.patch
    .split(/^(?=diff --(?:git|cc|combined) )/m)
    .filter((part) => !isOneOf(part, leftOut));
  return { diff: { ...diff, patch: kept.join('') }, leftOut };
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
