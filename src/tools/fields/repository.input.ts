import { PathField } from './field.decorators.js';

/** What every tool on a repository is told. */
export class RepositoryInput {
  @PathField('Path of the repository, or of a file or folder in it')
  repo_path: string;
}
