import { MAX_ID_LENGTH } from './messages/envelope.dto.js';

/**
 * The id that an error about a message carries.
 *
 * @param message whatever JSON the client sent
 * @returns a number as its decimal text; null where there is no usable id
 */
export function identifierOf(message: unknown): string | null {
  if (typeof message !== 'object' || message === null || !Object.hasOwn(message, 'id')) return null;
  const { id } = message as { id: unknown };
  if (typeof id === 'number' && Number.isFinite(id)) return String(id);
  return typeof id === 'string' && id.length > 0 && id.length <= MAX_ID_LENGTH ? id : null;
}

/** The same for a frame that has not been parsed. */
export function identifierIn(data: Buffer): string | null {
  try {
    return identifierOf(JSON.parse(data.toString()));
  } catch {
    return null; // Not JSON, so there is no id to tell.
  }
}
