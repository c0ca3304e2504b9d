import { createHash } from 'node:crypto';
import { type Stats } from 'node:fs';
import { join } from 'node:path';

import { type FileLooks, lookAt, NUMBERS } from './file-looks.js';
import { Unsuited } from './unsuited.error.js';
import { type VisitedPaths } from './visited-paths.js';

/** In a folder they say what git makes of the files there. */
const RULES = ['.gitignore', '.gitattributes'];

/** The files and folders of a work tree that git looks at, looked at again and again. */
export class VisitedPlaces {
  /** A digest of all their names. */
  private readonly names: string;
  private readonly folders: readonly string[];
  private readonly files: readonly string[];
  /** By folder, and how each folder looked before its rules were looked for: where one comes or goes, that changes. */
  private readonly rules: (readonly string[])[] = [];
  private seen: Float64Array | undefined;

  /** @param top of the work tree */
  constructor(
    private readonly top: string,
    { files, folders }: VisitedPaths,
  ) {
    this.names = createHash('sha256')
      .update([...folders, '', ...files].join('\0'))
      .digest('hex');
    this.folders = folders.map((folder) => join(top, folder));
    this.files = files.map((file) => `${top}/${file}`);
  }

  /** @throws Unsuited where links stand in for folders or rules, or a folder is a repository of its own */
  look(): { readonly names: readonly string[]; readonly looks: readonly FileLooks[] } {
    // First, for no file is looked at through a link.
    const folders = lookAt(this.folders, requireFolder);
    this.findRules(folders.numbers);
    const rules = this.rules.flat();
    return {
      names: [this.names, ...rules],
      looks: [folders, lookAt(rules, requireNoLink), lookAt(this.files, () => undefined)],
    };
  }

  private findRules(numbers: Float64Array): void {
    for (const [at, folder] of this.folders.entries()) {
      if (this.seen !== undefined && areEqual(this.seen, numbers, at * NUMBERS)) continue;
      this.rules[at] = RULES.map((name) => join(folder, name)).filter(isThere);
      if (folder !== this.top && isThere(join(folder, '.git'))) throw new Unsuited('nested-repository');
    }
    this.seen = numbers;
  }
}

function areEqual(one: Float64Array, other: Float64Array, from: number): boolean {
  for (let at = from; at < from + NUMBERS; at += 1) if (one[at] !== other[at]) return false;
  return true;
}

function isThere(path: string): boolean {
  return lookAt([path], () => undefined).numbers.some((number) => number !== 0);
}

function requireFolder(stats: Stats): void {
  if (!stats.isDirectory()) throw new Unsuited('odd-folder');
}

export function requireNoLink(stats: Stats): void {
  if (stats.isSymbolicLink()) throw new Unsuited('odd-file');
}
