import { closeSync, constants, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join, relative } from 'node:path';

import { type Repository } from '../repository.js';

/** What `.gitmodules` says of a submodule. */
export interface DeclaredSubmodule {
  readonly name: string;
  readonly path: string;
  readonly url: string;
  readonly branch?: string;
}

const APPEND = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW;

/** Connects the folder with the repository that git has kept of it. */
export function attach(folder: string, gitDir: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, '.git'), `gitdir: ${relative(folder, gitDir)}\n`, { flag: 'wx' });
}

/** Adds it to `.gitmodules`, which is made where there is none. */
export function declare(repository: Repository, { name, path, url, branch }: DeclaredSubmodule): void {
  const file = openSync(join(repository.path, '.gitmodules'), APPEND, 0o644);
  try {
    const text = readFileSync(file, 'utf8');
    const lines = [
      ...(text === '' || text.endsWith('\n') ? [] : ['']),
      `[submodule ${quoted(name)}]`,
      `\tpath = ${quoted(path)}`,
      `\turl = ${quoted(url)}`,
      ...(branch === undefined ? [] : [`\tbranch = ${quoted(branch)}`]),
    ];
    writeSync(file, `${lines.join('\n')}\n`);
  } finally {
    closeSync(file);
  }
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}
