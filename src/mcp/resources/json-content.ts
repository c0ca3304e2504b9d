import { type JsonObject, type JsonValue } from '../../shared/json.js';
import { type KindContent } from './resource-kind.js';

export function jsonContent(value: JsonObject): KindContent {
  return { mimeType: 'application/json', text: JSON.stringify(value, undefined, 2) };
}

/**
 * A list that may be longer than can be shown: as many of its first entries as fit, and how many there are.
 *
 * @param maxBytes of all entries as JSON
 */
export function jsonList<Name extends string>(
  head: JsonObject,
  name: Name,
  items: readonly JsonObject[],
  maxBytes: number,
): KindContent {
  let bytes = 0;
  let count = 0;
  for (const item of items) {
    bytes += Buffer.byteLength(JSON.stringify(item));
    if (bytes > maxBytes) break;
    count += 1;
  }
  const shown: JsonValue = items.slice(0, count);
  return jsonContent({ ...head, total: items.length, truncated: count < items.length, [name]: shown });
}
