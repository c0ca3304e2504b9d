import { CountField, Optional } from './field.decorators.js';
import { PagedInput } from './paged.input.js';

/** What every tool that prints a patch is told. */
export class ContextLinesInput extends PagedInput {
  @CountField('Unchanged lines around each change', 0, 10_000)
  @Optional()
  context_lines: number = 3;
}
