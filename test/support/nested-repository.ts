import { existsSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

import { GitRepository } from './git-repository.js';

/**
 * A repository inside the work tree of another, whose own configuration names a filter: whoever lets git look into
 * it runs that filter, as `canary` then shows. `track` makes it a submodule's entry of the outer one.
 */
export class NestedRepository {
  private readonly canary: string;
  private readonly inner: GitRepository;
  private clock = 1_600_000_000;

  constructor(outer: GitRepository, { name = 'nested', track = true } = {}) {
    this.canary = join(outer.root, `${name.replaceAll('/', '-')}.canary`);
    this.inner = new GitRepository({ root: outer.path, name });
    this.inner.commitFiles('inner', { 'in.txt': 'x\n' });
    if (track) {
      outer.git(['-c', 'advice.addEmbeddedRepo=false', 'add', '--', name]);
      outer.commit(`track ${name}`);
    }
    this.inner.config('filter.evil.clean', `sh -c 'touch "${this.canary}"; cat'`);
    this.inner.write('.git/info/attributes', '* filter=evil\n');
    this.lookChanged();
  }

  /** git compares the content of a file, and filters it, where its time alone differs. */
  lookChanged(): this {
    this.clock += 60;
    utimesSync(this.inner.file('in.txt'), this.clock, this.clock);
    return this;
  }

  get wasRun(): boolean {
    return existsSync(this.canary);
  }
}
