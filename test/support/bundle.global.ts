import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const script = join(root, 'scripts/bundle.mjs');
const bundled = join(root, 'dist/bundle/cli.js');

/** Bundles what has been compiled before the tests: those of the whole server run what is shipped. */
export default function bundle(): void {
  const startedAt = new Date();
  if (existsSync(bundled) && newest() < statSync(bundled).mtimeMs) return;
  const { stdout, stderr, error } = spawnSync(process.execPath, [script], {
    cwd: root,
    encoding: 'utf8',
    timeout: 120_000,
  });
  if (error) throw error;
  if (stdout + stderr !== '') console.warn(stdout + stderr);
  // Sources that change meanwhile are bundled the next time.
  if (existsSync(bundled)) utimesSync(bundled, startedAt, startedAt);
}

function newest(): number {
  return readdirSync(join(root, 'src'), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs)
    .reduce((latest, time) => Math.max(latest, time), statSync(script).mtimeMs);
}
