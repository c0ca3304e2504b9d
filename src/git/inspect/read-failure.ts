import { type ServerError } from '../../shared/errors/index.js';
import { gitFailure } from '../cli/git-failure.js';
import { type GitResult } from '../git-cli.port.js';
import { isElsewhere, searchFailure } from '../reads/search-failure.js';

/** What it means that git could not read what it needed; of a partial clone that it is not all here. */
export function readFailure(command: string, result: GitResult): ServerError {
  return isElsewhere(result) ? searchFailure(command, result) : gitFailure(command, result);
}
