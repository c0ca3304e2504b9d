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

/** What a frame that nobody has read yet says; nothing where it is not JSON. */
export function messageIn(frame: Buffer): unknown {
  try {
    return JSON.parse(frame.toString());
  } catch {
    return undefined; // So there is no id to tell.
  }
}
