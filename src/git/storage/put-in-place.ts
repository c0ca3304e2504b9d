import { constants } from 'node:fs';
import { copyFile, link } from 'node:fs/promises';

const IMPOSSIBLE = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
  'EXDEV',
  'EACCES',
  'EINVAL',
]);

/**
 * Gives a file that is whole a further name, where nothing has that name. On a file system without hard links it is copied,
 * and may be seen before it is whole; what stands there is not overwritten either way.
 *
 * @throws Error `EEXIST` where there is something
 */
export async function putInPlace(whole: string, path: string): Promise<void> {
  try {
    await link(whole, path);
  } catch (error) {
    if (!IMPOSSIBLE.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await copyFile(whole, path, constants.COPYFILE_EXCL);
  }
}
