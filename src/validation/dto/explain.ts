import { validateSync, type ValidationError } from 'class-validator';

import { type FieldIssue } from '../../shared/errors/index.js';
import { createInstance } from './create-instance.js';
import { type DtoShape, type FieldShape } from './dto-shape.js';

/** A hundred unknown fields are not told one by one: an answer stays smaller than what it answers. */
const MAX_ISSUES = 20;
const MAX_NAME_LENGTH = 64;

/**
 * Names everything that strict validation has against a message, by class-validator itself. What class-validator
 * lets pass is added: unknown fields whose names every object inherits, a missing nested object, a list where an
 * object belongs and the other way round.
 *
 * @param message a JSON object without hostile content
 * @returns nothing where the message is accepted, at most 20 issues otherwise; no issue holds a value
 */
export function explain(shape: DtoShape, message: object): readonly FieldIssue[] {
  const structure = structureOf(shape, message, '');
  const errors = validateSync(createInstance(shape, message));
  const named = errors.flatMap((error) => flatten(error, ''));
  const paths = new Set(named.map(({ path }) => path));
  return [...named, ...structure.filter(({ path }) => !paths.has(path))].slice(0, MAX_ISSUES);
}

/** The path of a field as clients read it; a name that only its author knows is cut. */
export function fieldPath(prefix: string, name: string): string {
  const cut = name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH)}…` : name;
  return prefix === '' ? cut : `${prefix}.${cut}`;
}

export function unknownFields({ names }: DtoShape, message: object): readonly string[] {
  return Object.keys(message).filter((key) => !names.has(key));
}

function structureOf(shape: DtoShape, message: object, prefix: string): FieldIssue[] {
  const unknown = unknownFields(shape, message).map((name) => ({
    path: fieldPath(prefix, name),
    constraint: 'whitelistValidation',
    message: 'this field is not known here; leave it out',
  }));
  const declared = shape.fields.flatMap((field) =>
    structureOfField(field, (message as Record<string, unknown>)[field.name], fieldPath(prefix, field.name)),
  );
  return [...unknown, ...declared];
}

function structureOfField(
  { name, optional, nullable, nested }: FieldShape,
  value: unknown,
  path: string,
): FieldIssue[] {
  if (value === undefined) {
    return optional ? [] : [{ path, constraint: 'isDefined', message: `${name} is required` }];
  }
  if (nested === undefined || (value === null && (optional || nullable))) return [];
  if (!nested.list) return nestedStructure(nested.shape, value, path);
  if (!Array.isArray(value))
    return [{ path, constraint: 'isArray', message: `${name} must be a list of objects` }];
  return value.flatMap((item: unknown, index) => nestedStructure(nested.shape, item, `${path}.${index}`));
}

function nestedStructure(shape: DtoShape, value: unknown, path: string): FieldIssue[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return structureOf(shape, value, path);
  return [{ path, constraint: 'isObject', message: 'an object is expected here' }];
}

function flatten({ property, constraints, children }: ValidationError, prefix: string): FieldIssue[] {
  // class-validator names no property where an item of a list is no object of a known class.
  const path = (property as string | undefined) === undefined ? prefix : fieldPath(prefix, property);
  const own = Object.entries(constraints ?? {}).map(([constraint, message]) => ({
    path,
    constraint,
    message,
  }));
  return [...own, ...(children ?? []).flatMap((child) => flatten(child, path))];
}
