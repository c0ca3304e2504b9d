import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';

import { type GitRepository } from './git-repository.js';
import { pictureOf } from './repository-state.js';

/** Commits of the test itself are older. Those that the two sides make are dated by the clock, which tells them apart. */
const NOW = 1_750_000_000;
const OPERATIONS = ['MERGE_HEAD', 'CHERRY_PICK_HEAD', 'REVERT_HEAD', 'rebase-merge', 'rebase-apply'];
const FIELDS = '%H%x1f%T%x1f%P%x1f%an%x1f%ae%x1f%at%x1f%cn%x1f%ce%x1f%ct%x1f%B';

/** All of a repository that does not depend on the clock: the same calls at another time give the same. */
export interface TimelessPicture {
  /** HEAD, branches, tags and stash entries, each with all that it leads to. */
  readonly refs: Readonly<Record<string, string>>;
  readonly index: string;
  readonly files: Readonly<Record<string, string>>;
  readonly unfinished: readonly string[];
}

export function timelessPictureOf(repo: GitRepository): TimelessPicture {
  const { index, files, head } = pictureOf(repo);
  const names = timelessNames(repo);
  const timeless = (text: string) => withNames(text, names);
  const entries = Object.entries(files).map(([path, content]) => [path, withoutLabels(content)]);
  return {
    refs: { HEAD: timeless(head), ...refsOf(repo, timeless) },
    index: timeless(index),
    files: Object.fromEntries(entries) as Record<string, string>,
    unfinished: OPERATIONS.filter((name) => existsSync(repo.file(`.git/${name}`))),
  };
}

/** A name for each commit, made of everything in it and before it but for the dates of today. */
function timelessNames(repo: GitRepository): ReadonlyMap<string, string> {
  const options = ['--topo-order', '--reverse', '--all', '--reflog', '-z', `--format=${FIELDS}`];
  const names = new Map<string, string>();
  for (const record of repo
    .git(['log', ...options])
    .split('\0')
    .filter(Boolean)) {
    const [id = '', tree = '', parents = '', ...rest] = record.split('\x1f');
    const [author, authorMail, authoredAt, committer, committerMail, committedAt, message = ''] = rest;
    const dates = [authoredAt, committedAt].map((at) => (Number(at) > NOW ? 'now' : at));
    const known = parents.split(' ').map((parent) => names.get(parent) ?? parent);
    const text = [
      tree,
      known,
      author,
      authorMail,
      committer,
      committerMail,
      dates,
      withNames(message, names),
    ];
    names.set(id, `commit:${createHash('sha1').update(JSON.stringify(text)).digest('hex')}`);
  }
  return names;
}

function refsOf(repo: GitRepository, timeless: (text: string) => string): Record<string, string> {
  const format = '%(refname)%1f%(objecttype)%1f%(objectname)%1f%(*objectname)%1f%(contents)%00';
  const refs = repo
    .git(['for-each-ref', `--format=${format}`])
    .split('\0\n')
    .map((line) => line.split('\x1f'))
    .filter(([name = '']) => name !== '' && !name.startsWith('refs/mcp-git/'))
    .map(([name = '', type, id = '', peeled = '', contents = '']) =>
      type === 'tag' ? [name, `tag of ${timeless(peeled)}: ${contents}`] : [name, timeless(id)],
    );
  const hasStash = refs.some(([name]) => name === 'refs/stash');
  const stashes = hasStash ? timeless(repo.git(['stash', 'list', '--format=%H %gs'])) : '';
  return { ...(Object.fromEntries(refs) as Record<string, string>), stashes };
}

/** Ids of commits, whole or cut short, as git writes them into messages. */
function withNames(text: string, names: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\b[0-9a-f]{7,40}\b/g, (word) => {
    if (word.length === 40) return names.get(word) ?? word;
    const [, name] = [...names].find(([id]) => id.startsWith(word)) ?? [];
    return name ?? word;
  });
}

/** The sides of a conflict are called by ids or by names, as they were asked for. */
function withoutLabels(content: string): string {
  return content.replaceAll(/^((?:<|>|\|){7,}) .*$/gm, '$1');
}
