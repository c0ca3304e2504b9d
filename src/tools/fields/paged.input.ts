import { Optional, TextField } from './field.decorators.js';
import { RepositoryInput } from './repository.input.js';

/** For tools whose answer goes on where it was cut. */
export class PagedInput extends RepositoryInput {
  @TextField('next_cursor of the answer to go on with; the other arguments as before', 512)
  @Optional()
  cursor?: string;
}
