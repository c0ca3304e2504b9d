import { GitRepository } from './git-repository.js';

/** A repository that another one has as a submodule, and that one, each with a remote. */
export class SubmoduleFamily {
  readonly library: GitRepository;
  readonly app: GitRepository;
  readonly first: string;

  constructor(readonly root: string) {
    this.library = new GitRepository({ root, name: 'library' });
    this.first = this.library.commitFiles('one', { 'lib.txt': 'one\n' });
    this.app = new GitRepository({ root, name: 'app' });
    this.app.commitFiles('begin', { 'a.txt': 'a\n' });
    this.app.git([
      '-c',
      'protocol.file.allow=always',
      'submodule',
      '--quiet',
      'add',
      '--name',
      'lib',
      this.library.path,
      'vendor/lib',
    ]);
    this.app.commit('with a submodule');
  }

  /** As one who clones it finds it. */
  fresh(): GitRepository {
    return this.app.clone('fresh');
  }
}
