import { Unsuited } from './unsuited.error.js';

/** A commit as it is stored. */
export interface RawCommit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly header: string;
  readonly message: string;
}

/** @param text of a commit object @throws Unsuited for what is none */
export function parseRawCommit(sha: string, text: string): RawCommit {
  const end = text.indexOf('\n\n');
  const header = end === -1 ? text : text.slice(0, end);
  return rawCommit(sha, header, end === -1 ? '' : text.slice(end + 2));
}

export function rawCommit(sha: string, header: string, message: string): RawCommit {
  const lines = header.split('\n');
  const tree = lines[0]?.startsWith('tree ') ? lines[0].slice(5) : '';
  const parents: string[] = [];
  for (let i = 1; lines[i]?.startsWith('parent '); i += 1) parents.push((lines[i] ?? '').slice(7));
  if (tree.length !== 40) throw new Unsuited('odd-commit');
  return { sha, tree, parents, header, message };
}
