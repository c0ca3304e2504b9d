import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { type AttackPlace } from './attack-place.js';

/** A repository that is laid out so that git reads or writes what is outside the roots. */
export interface LayoutCase {
  readonly title: string;
  readonly prepare: (place: AttackPlace) => void;
  /** What tools are told to work on instead of the repository. */
  readonly path?: (place: AttackPlace) => string;
  /** Codes of which every call on the repository gets one. Where it is missing tools may do their work. */
  readonly refused?: readonly string[];
}

const REFUSED = ['path_not_allowed', 'untrusted_config', 'not_a_repository'];
const privateGit = ({ outside }: AttackPlace) => join(outside, 'private/.git');
const privateHead = (place: AttackPlace) => readFileSync(join(privateGit(place), 'refs/heads/main'), 'utf8');
const nothing = () => undefined;

function replaceGit(place: AttackPlace, make: (path: string) => void): void {
  const path = join(place.repo, '.git');
  rmSync(path, { recursive: true });
  make(path);
}

export const LAYOUT_CASES: readonly LayoutCase[] = [
  {
    title: '35 a bare repository committed as a folder',
    prepare: (place) => {
      const inner = join(place.repo, 'inner');
      cpSync(place.remote, inner, { recursive: true });
      writeFileSync(
        join(inner, 'config'),
        `[core]\n\tbare = false\n\tworktree = ${place.outside}\n\tfsmonitor = "${place.program('bare')}"\n`,
      );
    },
    path: ({ repo }) => join(repo, 'inner'),
  },
  {
    title: '38 a sibling with the same prefix',
    prepare: nothing,
    path: ({ base }) => `${join(base, 'roots')}-evil`,
    refused: REFUSED,
  },
  {
    title: '38 a path that climbs out',
    prepare: nothing,
    path: ({ repo }) => `${repo}/../../outside/private`,
    refused: REFUSED,
  },
  {
    title: '38 a link inside that leads out',
    prepare: ({ outside, roots }) => symlinkSync(join(outside, 'private'), join(roots, 'link')),
    path: ({ roots }) => join(roots, 'link'),
    refused: REFUSED,
  },
  {
    title: '38 a path that enters .git in capital letters',
    prepare: ({ repo }) => {
      mkdirSync(join(repo, '.GIT'));
    },
    path: ({ repo }) => join(repo, '.GIT'),
    refused: REFUSED,
  },
  {
    title: '38 the folder of git itself',
    prepare: nothing,
    path: ({ repo }) => join(repo, '.git'),
    refused: REFUSED,
  },
  {
    title: '39 .git as a file that leads out',
    prepare: (place) => replaceGit(place, (path) => writeFileSync(path, `gitdir: ${privateGit(place)}\n`)),
    refused: REFUSED,
  },
  {
    title: '39 .git as a link that leads out',
    prepare: (place) => replaceGit(place, (path) => symlinkSync(privateGit(place), path)),
    refused: REFUSED,
  },
  {
    title: '40 a folder below a repository above the root',
    prepare: ({ base, roots, outside }) => {
      cpSync(join(outside, 'private/.git'), join(base, '.git'), { recursive: true });
      mkdirSync(join(roots, 'plain'));
    },
    path: ({ roots }) => join(roots, 'plain'),
    refused: REFUSED,
  },
  {
    title: '41 objects borrowed from outside',
    prepare: (place) => {
      place.repository.write('.git/objects/info/alternates', `${join(privateGit(place), 'objects')}\n`);
    },
    refused: REFUSED,
  },
  {
    title: '41 objects borrowed by the one that is borrowed from',
    prepare: (place) => {
      place.repository.write('.git/objects/info/alternates', `${join(place.remote, 'objects')}\n`);
      writeFileSync(join(place.remote, 'objects/info/alternates'), `${join(privateGit(place), 'objects')}\n`);
    },
    refused: REFUSED,
  },
  {
    title: '41 a work tree outside',
    prepare: ({ repository, outside }) => void repository.config('core.worktree', outside),
    refused: REFUSED,
  },
  {
    title: '41 a configuration that takes in a file outside',
    prepare: ({ repository, outside }) => void repository.config('include.path', join(outside, 'secret.txt')),
  },
  {
    title: '41 a list of commits to ignore that lies outside',
    prepare: ({ repository, outside }) =>
      void repository.config('blame.ignoreRevsFile', join(outside, 'secret.txt')),
  },
  {
    title: '41 files of patterns, attributes, names and messages outside',
    prepare: ({ repository, outside }) => {
      const file = join(outside, 'secret.txt');
      for (const key of [
        'core.excludesFile',
        'core.attributesFile',
        'mailmap.file',
        'commit.template',
        'diff.orderFile',
      ])
        repository.config(key, file);
    },
  },
  {
    title: '41 a common folder outside',
    prepare: (place) => {
      place.repository.write('.git/commondir', `${privateGit(place)}\n`);
    },
    refused: REFUSED,
  },
  {
    title: '39 refs, objects, logs and the index as links that lead out',
    prepare: (place) => {
      for (const name of ['refs', 'objects', 'logs']) {
        renameSync(join(place.repo, '.git', name), join(place.outside, name));
        symlinkSync(join(place.outside, name), join(place.repo, '.git', name));
      }
    },
    refused: REFUSED,
  },
  {
    title: '39 folders of objects as links that lead out',
    prepare: (place) => {
      const objects = join(place.repo, '.git/objects');
      for (const name of readdirSync(join(privateGit(place), 'objects'))) {
        if (!/^[0-9a-f]{2}$/.test(name)) continue;
        rmSync(join(objects, name), { recursive: true, force: true });
        symlinkSync(join(privateGit(place), 'objects', name), join(objects, name));
      }
      writeFileSync(join(place.repo, '.git/refs/heads/stolen'), privateHead(place));
    },
    refused: REFUSED,
  },
  {
    title: '39 packs of objects as links that lead out',
    prepare: (place) => {
      const packs = join(place.outside, 'packs');
      cpSync(privateGit(place), packs, { recursive: true });
      place.repository.git(['--git-dir', packs, 'repack', '-a', '-d', '-q']);
      for (const name of readdirSync(join(packs, 'objects/pack')))
        symlinkSync(join(packs, 'objects/pack', name), join(place.repo, '.git/objects/pack', name));
      writeFileSync(join(place.repo, '.git/refs/heads/stolen'), privateHead(place));
    },
    refused: REFUSED,
  },
  {
    title: '39 files of the work tree as links that lead out',
    prepare: ({ repo, repository, outside }) => {
      rmSync(join(repo, 'b.txt'));
      symlinkSync(join(outside, 'secret.txt'), join(repo, 'b.txt'));
      symlinkSync(outside, join(repo, 'linked'));
      rmSync(join(repo, 'folder'), { recursive: true });
      symlinkSync(outside, join(repo, 'folder'));
      for (const name of ['.gitignore', '.gitattributes', '.gitmodules', '.mailmap'])
        symlinkSync(join(outside, 'secret.txt'), join(repo, name));
      repository.git(['config', 'core.symlinks', 'true']);
    },
  },
  {
    title: '32 objects that a promisor remote would bring',
    prepare: (place) => {
      const { repository } = place;
      repository.config('extensions.partialClone', 'origin').config('remote.origin.promisor', 'true');
      repository.config('remote.origin.uploadpack', place.program('promisor'));
      const blob = repository.revision('HEAD:a.txt');
      rmSync(join(place.repo, '.git/objects', blob.slice(0, 2), blob.slice(2)));
    },
  },
  {
    title: '34 submodules that run commands or lie outside',
    prepare: (place) => {
      const { repository, outside, repo } = place;
      repository.write(
        '.gitmodules',
        `[submodule "s"]\n\tpath = s\n\turl = ${join(outside, 'private')}\n\tupdate = !${place.program('submodule')}\n`,
      );
      repository.git(['update-index', '--add', '--cacheinfo', `160000,${repository.head()},s`]);
      mkdirSync(join(repo, 's'));
      writeFileSync(join(repo, 's/.git'), `gitdir: ${privateGit(place)}\n`);
      repository.config('submodule.s.update', `!${place.program('submodule')}`);
      repository.config('submodule.s.url', join(outside, 'private')).config('submodule.recurse', 'true');
    },
  },
  {
    title: '23 a nested repository with programs of its own',
    prepare: (place) => {
      const nested = join(place.repo, 'nested');
      cpSync(place.repo, join(place.base, 'copy'), { recursive: true });
      renameSync(join(place.base, 'copy'), nested);
      const inner = Object.assign(
        Object.create(Object.getPrototypeOf(place.repository) as object) as typeof place.repository,
        { path: nested },
      );
      inner.write('.gitattributes', '* filter=nested\n');
      inner
        .config('filter.nested.clean', place.filter('nested'))
        .config('core.fsmonitor', place.program('nested'));
    },
  },
];
