import { join } from 'node:path';

import { type AttackPlace } from './attack-place.js';

const ESC = '\u001b[2J\u001b]0;owned\u0007';
const BIDI = '\u202e\u2066';
const HIDDEN = '\u200b\u2060\u{e0041}\u00ad';

/** What a terminal or a model obeys and nobody sees, wherever git lets somebody write it. */
export const UNSEEN_TEXT = `seen${ESC}${BIDI}${HIDDEN}\u0085\u009b`;

/** Puts it into subjects, messages, authors, names of files, branches and tags, contents, notes, stashes, settings. */
export function hideEverywhere({ repository }: AttackPlace): void {
  const author = { GIT_AUTHOR_NAME: UNSEEN_TEXT, GIT_COMMITTER_NAME: UNSEEN_TEXT };
  const name = `odd${ESC}\n\t${BIDI}${HIDDEN}.txt`;
  repository.write('b.txt', `${UNSEEN_TEXT}\n`).write(name, `${UNSEEN_TEXT}\n`).stage('b.txt', name);
  repository.git(['commit', '--quiet', '-m', `${UNSEEN_TEXT}\n\n${UNSEEN_TEXT}`], author);
  repository.git(['commit', '--quiet', '--allow-empty', '-m', `later ${UNSEEN_TEXT}`], author);
  repository.git(['notes', 'add', '-m', UNSEEN_TEXT]);
  repository.git(['tag', '-a', '-m', UNSEEN_TEXT, `tag-${BIDI}${HIDDEN}`]);
  repository.branch(`branch-${BIDI}${HIDDEN}`);
  repository.write('a.txt', `${UNSEEN_TEXT} stashed\n`).git(['stash', 'push', '--quiet', '-m', UNSEEN_TEXT]);
  repository.config('user.name', `x${BIDI}${HIDDEN}`).config('branch.main.description', UNSEEN_TEXT);
  repository.config('alias.x', `!${UNSEEN_TEXT}`);
  repository.write(`new${ESC}${BIDI}.txt`, UNSEEN_TEXT).write('a.txt', `${UNSEEN_TEXT} changed\n`);
}

export interface PatchCase {
  readonly title: string;
  readonly patch: (place: AttackPlace) => string;
}

const newFile = (path: string, mode = '100644') =>
  `diff --git a/${path} b/${path}\nnew file mode ${mode}\nindex 0000000..e69de29\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+owned\n`;

/** Patches that would write where no patch may. */
export const PATCH_CASES: readonly PatchCase[] = [
  { title: 'above the work tree', patch: () => newFile('../../outside/written') },
  {
    title: 'at an absolute path',
    patch: ({ outside }) => newFile(join(outside, 'written').slice(1)).replaceAll('b/', 'b//'),
  },
  { title: "into git's folder", patch: () => newFile('.git/hooks/post-commit', '100755') },
  { title: "into git's folder in capital letters", patch: () => newFile('.GIT/hooks/post-commit', '100755') },
  {
    title: "into git's folder by a short name of Windows",
    patch: () => newFile('git~1/hooks/post-commit', '100755'),
  },
  {
    title: 'through a link that it makes itself',
    patch: ({ outside }) =>
      `diff --git a/way b/way\nnew file mode 120000\nindex 0000000..1\n--- /dev/null\n+++ b/way\n@@ -0,0 +1 @@\n+${outside}\n\\ No newline at end of file\n${newFile('way/written')}`,
  },
  { title: 'through a link that is there', patch: () => newFile('leads-out/written') },
];
