import { Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { RevisionResolver } from '../reads/revision.resolver.js';
import { type Repository } from '../repository.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { RevisionInspector } from './revision.inspector.js';

/** What names something with files: a commit, a tag of one, a tree, `HEAD:folder`. */
@Injectable()
export class TreeishResolver {
  constructor(
    private readonly revisions: RevisionResolver,
    private readonly inspector: RevisionInspector,
    private readonly state: RepositoryState,
  ) {}

  /**
   * @returns the id of the commit where it names one, else that of the tree
   * @throws ServerError `revision_not_found`
   */
  async treeish(repository: Repository, revision: string, signal: AbortSignal): Promise<string> {
    try {
      return await this.revisions.resolve(repository, revision, signal);
    } catch (error) {
      if (!(error instanceof ServerError) || error.code !== 'revision_not_found') throw error;
      // No `^{tree}` can follow `HEAD:folder`, so it is asked for by the id.
      const [named] = await this.inspector.inspect(repository, [revision], signal);
      const tree = named?.sha ? await this.state.object(repository, `${named.sha}^{tree}`, signal) : null;
      if (tree === null) throw error;
      return tree;
    }
  }
}
