import { ServerError } from '../../shared/errors/index.js';

/**
 * For what fields mean together, which no schema says that every client understands.
 *
 * @returns ServerError `validation_failed` naming the field
 */
export function invalidField(field: string, constraint: string, message: string): ServerError {
  return new ServerError('validation_failed', 'The arguments do not fit together; details say which', {
    details: [{ path: `arguments.${field}`, constraint, message: `${field} ${message}` }],
  });
}
