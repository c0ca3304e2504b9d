import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { GitRepository } from './git-repository.js';
import { TemporaryFolder } from './temporary-folder.js';

/** What an example of the documents is run on; the first is what an example gets that says nothing. */
export type Given =
  'changed' | 'clean' | 'on feature/login' | 'conflict' | 'resolved' | 'stashed' | 'undoable' | 'undone';

const AT = 1_700_000_000;

/**
 * What the documents call `/srv`: the repository `app` with a branch that can be merged, a tag, a remote `app.git` with
 * a commit more, and changes of every kind. Each example gets a copy of it.
 */
export class DocumentedPlace {
  private readonly folder = new TemporaryFolder();
  private readonly template = join(this.folder.path, 'template');
  private count = 0;

  constructor() {
    mkdirSync(this.template);
    const app = new GitRepository({ root: this.template, name: 'app' });
    const files = { 'README.md': 'App.\n', 'src/app.ts': 'const port = 80;\n', 'docs/old.md': 'Old.\n' };
    app.commitFiles('Begin', files, AT);
    app.git(['tag', '--annotate', '--message=The first release', 'v1.0.0']);
    app.commitFiles('Listen on 8080', { 'src/app.ts': 'const port = 8080;\n' }, AT + 60);
    app.branch('feature/login').checkout('feature/login');
    app.commitFiles('Add the login', { 'src/login.ts': 'export {};\n' }, AT + 120);
    app.checkout('main').commitFiles('Say more', { 'README.md': 'App.\n\nMore.\n' }, AT + 180);
    app.addOrigin('app.git');
    app.git(['branch', '--quiet', '--set-upstream-to=origin/main']);
  }

  get root(): string {
    return this.folder.path;
  }

  /** @returns the folder that is `/srv` for one example */
  fresh(given: Given): string {
    this.count += 1;
    const srv = join(this.root, `srv-${this.count}`);
    cpSync(this.template, srv, { recursive: true });
    const app = repositoryIn(srv);
    app.git(['remote', 'set-url', 'origin', join(srv, 'app.git')]);
    prepare(app, given);
    return srv;
  }

  remove(): void {
    this.folder.remove();
  }
}

function repositoryIn(srv: string): GitRepository {
  const repository = Object.create(GitRepository.prototype) as object;
  return Object.assign(repository, { root: srv, path: join(srv, 'app') }) as GitRepository;
}

function prepare(app: GitRepository, given: Given): void {
  if (given === 'clean') return;
  if (given === 'on feature/login') {
    app.checkout('feature/login');
  } else if (given === 'conflict' || given === 'resolved') {
    app.conflict('merge', 'shared.txt');
    if (given === 'resolved') app.write('shared.txt', 'both\n').stage('shared.txt');
  } else {
    app.write('src/app.ts', 'const port = 9090;\n').write('notes.txt', 'Notes.\n');
    if (given === 'stashed') app.git(['stash', 'push', '--quiet']);
    app.write('README.md', 'App.\n\nnpm start\n').stage('README.md');
  }
}
