import { type DtoShape, type FieldShape } from './dto-shape.js';

type Fields = Record<string, unknown>;

/**
 * Makes the typed object of a message: known fields only, defaults where a field is absent. `null` in an
 * optional field means absent, as clients of many languages send it.
 *
 * @param message a JSON object of any content; what is not an object where one belongs is left for validation
 */
export function createInstance<T extends object>(shape: DtoShape, message: object): T {
  const instance = new shape.dto() as Fields;
  for (const field of shape.fields) {
    const value = (message as Fields)[field.name];
    if (value === undefined || (value === null && field.optional)) continue;
    instance[field.name] = field.nested ? nestedValue(field, value) : value;
  }
  return instance as T;
}

function nestedValue({ nested }: FieldShape, value: unknown): unknown {
  if (nested === undefined || typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value)) return createInstance(nested.shape, value);
  return value.map((item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? createInstance(nested.shape, item)
      : item,
  );
}
