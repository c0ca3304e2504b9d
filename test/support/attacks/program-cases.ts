import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type AttackPlace } from './attack-place.js';

/** A way in which a repository makes plain git run a program. Each leaves canaries that begin with its id. */
export interface ProgramCase {
  /** The number in the catalogue of attacks, and what it is. */
  readonly title: string;
  readonly id: string;
  /** Commits and files that the attack needs, made before anything is configured. */
  readonly content?: (place: AttackPlace) => void;
  readonly prepare: (place: AttackPlace) => void;
  /** Plain git commands of which one lets the program run: the proof that the trap works. */
  readonly proof?: readonly (readonly string[])[];
}

const HOOKS =
  `applypatch-msg pre-applypatch post-applypatch pre-commit pre-merge-commit prepare-commit-msg commit-msg
  post-commit pre-rebase post-checkout post-merge pre-push pre-receive update proc-receive post-receive post-update
  reference-transaction push-to-checkout pre-auto-gc post-rewrite sendemail-validate fsmonitor-watchman
  post-index-change`
    .split(/\s+/)
    .filter(Boolean);

const configured =
  (key: string, id: string) =>
  (place: AttackPlace): void =>
    void place.repository.config(key, place.program(id));

const filter =
  (key: string, id: string) =>
  (place: AttackPlace): void =>
    void place.repository.config(key, place.filter(id));

/** A file of an ending that has attributes; it is tracked and changed. */
const withAttributes =
  (attributes: string, ending: string) =>
  ({ repo, repository }: AttackPlace): void => {
    appendFileSync(join(repo, '.gitattributes'), `*.${ending} ${attributes}\n`);
    repository.write(`x.${ending}`, 'one\ntwo\n').stage(`x.${ending}`, '.gitattributes');
    repository.commit(`a file with ${attributes}`);
    repository.write(`x.${ending}`, 'two\none\n');
    repository.write('b.txt', `staged after ${ending}\n`).stage('b.txt');
  };

/** The branch `other` with another version of a file. */
function changedThere({ repo, repository }: AttackPlace, file: string): void {
  const index = { GIT_INDEX_FILE: join(repo, '.git/other-index') };
  repository.git(['read-tree', 'HEAD~1'], index);
  const blob = repository.git(['rev-parse', 'HEAD:a.txt']).trim();
  repository.git(['update-index', '--add', '--cacheinfo', `100644,${blob},${file}`], index);
  const tree = repository.git(['write-tree'], index).trim();
  const commit = repository.git(['commit-tree', '-p', 'HEAD~1', '-m', 'changed there', tree]).trim();
  repository.git(['branch', '--force', 'other', commit]);
}

function raw(place: AttackPlace, text: string): void {
  appendFileSync(join(place.repo, '.git/config'), `${text}\n`);
}

/** A commit that carries a signature, so that whoever shows it asks the program. */
function signedCommit(place: AttackPlace): void {
  const { repository } = place;
  const [tree, parent] = [repository.revision('HEAD^{tree}'), repository.head()];
  const who = 'Ada <ada@example.org> 1700000009 +0000';
  const signature = 'gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----';
  const text = `tree ${tree}\nparent ${parent}\nauthor ${who}\ncommitter ${who}\n${signature}\n\nsigned\n`;
  writeFileSync(join(place.repo, '.git/signed'), text);
  const id = repository.git(['hash-object', '-t', 'commit', '-w', '.git/signed']).trim();
  repository.git(['update-ref', 'HEAD', id]);
}

/** In this order in one repository: what needs an ordinary git to be made comes first. */
export const PROGRAM_CASES: readonly ProgramCase[] = [
  {
    title: '23 a clean filter',
    id: 'clean',
    content: withAttributes('filter=clean', 'clean'),
    prepare: (place) => {
      filter('filter.clean.clean', 'clean')(place);
    },
    proof: [['add', '.']],
  },
  {
    title: '23 a smudge filter',
    id: 'smudge',
    content: withAttributes('filter=smudge', 'smudge'),
    prepare: (place) => {
      filter('filter.smudge.smudge', 'smudge')(place);
    },
    proof: [['checkout', '--force', 'HEAD']],
  },
  {
    title: '23 a filter process',
    id: 'process',
    content: withAttributes('filter=process', 'process'),
    prepare: (place) => {
      configured('filter.process.process', 'process')(place);
    },
    proof: [['add', '.']],
  },
  {
    title: '23 a filter of .git/info/attributes',
    id: 'info',
    content: withAttributes('text', 'info'),
    prepare: (place) => {
      place.repository.write('.git/info/attributes', '*.info filter=info\n');
      filter('filter.info.clean', 'info')(place);
    },
    proof: [['add', '.']],
  },
  {
    title: '24 a required filter with "=" in its name',
    id: 'equals',
    content: withAttributes('filter=a=b', 'equals'),
    prepare: (place) => {
      raw(place, `[filter "a=b"]\n\tclean = "${place.filter('equals')}"\n\trequired = true`);
    },
    proof: [['add', '.']],
  },
  {
    title: '25 a text converter',
    id: 'textconv',
    content: withAttributes('diff=textconv', 'textconv'),
    prepare: (place) => {
      configured('diff.textconv.textconv', 'textconv')(place);
    },
    proof: [['log', '-p']],
  },
  {
    title: '26 a diff command',
    id: 'diffcommand',
    content: withAttributes('diff=diffcommand', 'diffcommand'),
    prepare: (place) => {
      configured('diff.diffcommand.command', 'diffcommand')(place);
    },
    proof: [['diff']],
  },
  {
    title: '26 an external diff',
    id: 'external',
    prepare: configured('diff.external', 'external'),
    proof: [['diff', 'HEAD~1']],
  },
  {
    title: '33 a merge driver',
    id: 'mergedriver',
    content: (place) => {
      withAttributes('merge=mergedriver', 'merge')(place);
      place.repository.commitFiles('changed here', { 'x.merge': 'here\n' });
      changedThere(place, 'x.merge');
      withAttributes('text', 'last')(place);
    },
    prepare: configured('merge.mergedriver.driver', 'mergedriver'),
    proof: [['merge-tree', '--write-tree', 'HEAD', 'other']],
  },
  {
    title: '27 a program that checks signatures, asked by log.showSignature',
    id: 'gpg',
    content: signedCommit,
    prepare: (place) => {
      const path = join(place.repo, '.git/gpg');
      writeFileSync(path, `#!/bin/sh\n${place.program('gpg')}\n`, { mode: 0o755 });
      place.repository.config('log.showSignature', 'true').config('gpg.program', path);
    },
    proof: [['log', '-1']],
  },
  {
    title: '28 a program that signs, asked by commit.gpgSign',
    id: 'sshsign',
    prepare: (place) => {
      const path = join(place.repo, '.git/ssh-sign');
      writeFileSync(path, `#!/bin/sh\n${place.program('sshsign')}\n`, { mode: 0o755 });
      place.repository.config('commit.gpgSign', 'true').config('tag.gpgSign', 'true');
      place.repository.config('gpg.format', 'ssh').config('gpg.ssh.program', path);
      place.repository.config('user.signingKey', join(place.repo, 'a.txt'));
    },
    proof: [['commit', '--allow-empty', '-m', 'x']],
  },
  {
    title: '28 a command that names the key to sign with',
    id: 'defaultkey',
    prepare: (place) => {
      place.repository.config('commit.gpgSign', 'true').config('gpg.format', 'ssh');
      configured('gpg.ssh.defaultKeyCommand', 'defaultkey')(place);
    },
    proof: [['commit', '--allow-empty', '-m', 'x']],
  },
  {
    title: '22 a file system monitor',
    id: 'fsmonitor',
    prepare: configured('core.fsmonitor', 'fsmonitor'),
    proof: [['status']],
  },
  {
    title: '22 a file system monitor of config.worktree',
    id: 'worktreeconfig',
    prepare: (place) => {
      place.repository.config('extensions.worktreeConfig', 'true');
      place.repository.write(
        '.git/config.worktree',
        `[core]\n\tfsmonitor = "${place.program('worktreeconfig')}"\n`,
      );
    },
    proof: [['status']],
  },
  {
    title: '29 hooks of every name',
    id: 'hook',
    prepare: (place) => {
      for (const hook of HOOKS) {
        place.repository.write(`.git/hooks/${hook}`, `#!/bin/sh\n${place.program(`hook-${hook}`)}\n`, 0o755);
      }
    },
    proof: [['commit', '--allow-empty', '-m', 'x']],
  },
  {
    title: '29 hooks of a remote beside it',
    id: 'remotehook',
    prepare: (place) => {
      for (const hook of HOOKS) {
        writeFileSync(
          join(place.remote, 'hooks', hook),
          `#!/bin/sh\n${place.program(`remotehook-${hook}`)}\n`,
          { mode: 0o755 },
        );
      }
    },
    proof: [['push', 'origin', 'main:proof']],
  },
  {
    title: '30 an editor',
    id: 'editor',
    prepare: (place) => {
      configured('core.editor', 'editor')(place);
      configured('sequence.editor', 'editor-sequence')(place);
    },
    proof: [['commit', '--allow-empty']],
  },
  {
    title: '30 programs that give credentials or connect',
    id: 'connect',
    prepare: (place) => {
      configured('credential.helper', 'connect-credential')(place);
      configured('core.sshCommand', 'connect-ssh')(place);
      configured('core.askPass', 'connect-askpass')(place);
    },
    proof: [['ls-remote', 'ssh://localhost/x']],
  },
  {
    title: '31 the programs of the other end',
    id: 'otherend',
    prepare: (place) => {
      configured('remote.origin.uploadpack', 'otherend-upload')(place);
      configured('remote.origin.receivepack', 'otherend-receive')(place);
    },
    proof: [['fetch', 'origin']],
  },
  {
    title: '34 programs that pack an archive, write a trailer, update a submodule, compare',
    id: 'other',
    prepare: (place) => {
      for (const format of ['tar', 'zip', 'tar.gz']) configured(`tar.${format}.command`, 'other-tar')(place);
      configured('gc.recentObjectsHook', 'other-recent')(place);
      configured('trailer.signed.command', 'other-trailer')(place);
      place.repository.config('submodule.x.update', `!${place.program('other-submodule')}`);
      configured('difftool.x.cmd', 'other-difftool')(place);
      configured('mergetool.x.cmd', 'other-mergetool')(place);
      configured('core.alternateRefsCommand', 'other-alternate')(place);
    },
    proof: [['archive', '--format=tar.gz', 'HEAD']],
  },
  {
    title: '36 pagers and aliases over commands',
    id: 'pager',
    prepare: (place) => {
      configured('core.pager', 'pager')(place);
      configured('pager.log', 'pager-log')(place);
      place.repository.config('alias.status', `!${place.program('pager-alias')}`);
      place.repository.config('uploadpack.packObjectsHook', place.program('pager-pack'));
    },
  },
  {
    title: '30 the monitor of hooks that configuration names',
    id: 'confighook',
    prepare: (place) => {
      configured('hook.confighook.command', 'confighook')(place);
      for (const event of ['pre-commit', 'post-checkout', 'reference-transaction']) {
        place.repository.config('hook.confighook.event', event);
      }
    },
  },
];
