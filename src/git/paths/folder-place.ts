import { statSync } from 'node:fs';

/** Of a folder of git's, here: nobody can know it beforehand, so a copy that came from elsewhere does not bring it. */
export function placeOf(folder: string): string {
  const { ino, birthtimeNs } = statSync(folder, { bigint: true });
  return `${ino}:${birthtimeNs}`;
}
