import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const stamp = join(root, 'dist/.tsbuildinfo');

/**
 * Compiles `src` once before the tests, since forked workers and the tests of the whole server run `dist`.
 * Type errors are printed and do not end the run: the compiler emits all the same, and `npm run check:types`
 * is what refuses them.
 */
export default function build(): void {
  const startedAt = new Date();
  if (existsSync(stamp) && newest(join(root, 'src')) < statSync(stamp).mtimeMs) return;
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout, error } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    encoding: 'utf8',
    timeout: 300_000,
  });
  if (error) throw error;
  if (stdout !== '') console.warn(stdout);
  // The compiler leaves the stamp alone when nothing it emits has changed.
  if (existsSync(stamp)) utimesSync(stamp, startedAt, startedAt);
}

function newest(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs)
    .reduce((latest, time) => Math.max(latest, time), statSync(join(root, 'tsconfig.build.json')).mtimeMs);
}
