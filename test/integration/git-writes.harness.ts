import { type GitWrites } from '../../src/git/git-writes.port.js';
import { type Repository } from '../../src/git/repository.js';
import { GitRepository } from '../support/git-repository.js';
import { GitServices } from '../support/git-services.js';

/** A new repository with the writers of the git layer, which wait for a lock for 400 ms; end it. */
export class WritingPlace {
  private constructor(
    readonly repo: GitRepository,
    readonly services: GitServices,
    /** The repository as the writers take it. */
    readonly target: Repository,
  ) {}

  static async start(): Promise<WritingPlace> {
    const repo = new GitRepository();
    const services = await GitServices.start({
      roots: [repo.root],
      config: (config) => {
        config.lockTimeout = 400;
      },
    });
    const target = await services.locator.locate(repo.path, new AbortController().signal);
    return new WritingPlace(repo, services, target);
  }

  get writes(): GitWrites {
    return this.services.writes;
  }

  async end(): Promise<void> {
    await this.services.close();
    this.repo.remove();
  }
}
