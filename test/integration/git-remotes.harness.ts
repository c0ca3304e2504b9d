import { type GitRemotes } from '../../src/git/git-writes.port.js';
import { type Repository } from '../../src/git/repository.js';
import { GitRepository } from '../support/git-repository.js';
import { GitServices } from '../support/git-services.js';

/** A repository of one commit whose `origin` is a bare one beside it; end it. */
export class RemotePlace {
  private constructor(
    readonly repo: GitRepository,
    readonly bare: GitRepository,
    readonly services: GitServices,
    /** The repository as the readers and writers of remotes take it. */
    readonly here: Repository,
  ) {}

  static async start(): Promise<RemotePlace> {
    const repo = new GitRepository();
    repo.commitFiles('one', { 'a.txt': '1\n' });
    const bare = repo.cloneBare();
    repo.git(['remote', 'add', 'origin', bare.path]);
    const services = await GitServices.start({ roots: [repo.root] });
    const here = await services.locator.locate(repo.path, new AbortController().signal);
    return new RemotePlace(repo, bare, services, here);
  }

  get remotes(): GitRemotes {
    return this.services.remotes;
  }

  async end(): Promise<void> {
    await this.services.close();
    this.repo.remove();
  }
}
