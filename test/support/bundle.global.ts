import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** Bundles what has been compiled before the tests: those of the whole server run what is shipped. */
export default function bundle(): void {
  const { stdout, stderr, error } = spawnSync(process.execPath, ['scripts/bundle.mjs', '--if-changed'], {
    cwd: root,
    encoding: 'utf8',
    timeout: 120_000,
  });
  if (error) throw error;
  if (stdout + stderr !== '') console.warn(stdout + stderr);
}
