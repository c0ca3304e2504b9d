import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A repository that a root is or has directly below it, `undefined` where none is found: good enough to try a call on. */
export async function someRepository(roots: readonly string[]): Promise<string | undefined> {
  for (const root of roots) {
    const below = await readdir(root).catch(() => []);
    for (const folder of [root, ...below.map((name) => join(root, name))])
      if ((await isThere(join(folder, '.git'))) || (await isThere(join(folder, 'HEAD')))) return folder;
  }
  return undefined;
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
