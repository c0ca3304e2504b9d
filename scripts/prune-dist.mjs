// The compiler never removes what it wrote for a source that is gone, and such a file would be packed and loaded.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

for (const entry of readdirSync(dist, { withFileTypes: true, recursive: true })) {
  const path = join(entry.parentPath, entry.name);
  const source = join(root, 'src', relative(dist, path).replace(/\.js(\.map)?$/, '.ts'));
  const isCompiled = entry.isFile() && /\.js(\.map)?$/.test(entry.name);
  if (isCompiled && (!existsSync(source) || source.endsWith('.spec.ts'))) rmSync(path);
}
