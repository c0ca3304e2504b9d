import { ServerError } from '../../shared/errors/index.js';

/**
 * A field that the action of a call needs. Which one needs which cannot be said in a schema that every client
 * understands.
 *
 * @throws ServerError `validation_failed` naming the field
 */
export function needed<I extends { readonly action: string }, K extends keyof I & string>(
  input: I,
  field: K,
): NonNullable<I[K]> {
  const value = input[field];
  if (value !== undefined && value !== null) return value;
  throw missing(input, field);
}

/** As `needed`, of a list that has to have something in it. */
export function neededList<I extends { readonly action: string }, K extends keyof I & string>(
  input: I,
  field: K,
): NonNullable<I[K]> {
  const value = needed(input, field);
  if (!Array.isArray(value) || value.length > 0) return value;
  throw missing(input, field);
}

function missing({ action }: { readonly action: string }, field: string): ServerError {
  return new ServerError('validation_failed', 'The action needs a field that is missing; details name it', {
    details: [{ path: `arguments.${field}`, constraint: 'isDefined', message: `${action} needs ${field}` }],
  });
}
