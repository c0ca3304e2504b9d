/** Fields and items looked at before a message counts as too large to remember. */
const MAX_PARTS = 128;
const MAX_TEXT = 1_024;

/**
 * What a verdict depends on, as text: the class and all of the message but its id, which differs from message to
 * message and where it is valid changes no verdict.
 *
 * @param type tells the class from others
 * @param hasValidId false keeps the id in the key
 * @returns undefined for a message too large to be worth remembering, found without writing it out
 */
export function verdictKey(type: string, message: object, hasValidId: boolean): string | undefined {
  if (!isSmall(message, { parts: MAX_PARTS })) return undefined;
  return `${type} ${JSON.stringify(hasValidId ? { ...message, id: undefined } : message)}`;
}

function isSmall(value: unknown, left: { parts: number }): boolean {
  if (typeof value === 'string') return value.length <= MAX_TEXT;
  if (typeof value !== 'object' || value === null) return true;
  for (const key in value) {
    left.parts -= 1;
    if (left.parts < 0 || key.length > MAX_TEXT) return false;
    if (!isSmall((value as Record<string, unknown>)[key], left)) return false;
  }
  return true;
}
