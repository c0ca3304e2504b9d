import { type FieldIssue } from '../../shared/errors/index.js';
import { type DtoShape, type FieldShape } from './dto-shape.js';
import { fieldPath, unknownFields } from './explain.js';

export interface Repaired {
  /** A copy; the caller's message stays as it came. */
  readonly message: Readonly<Record<string, unknown>>;
  /** One for each thing that was let pass. */
  readonly warnings: readonly FieldIssue[];
}

const DECIMAL = /^-?(0|[1-9]\d*)(\.\d+)?$/;
const MAX_WARNINGS = 20;

/**
 * Makes the harmless corrections of lenient mode, which are these and no others: unknown fields are dropped;
 * decimal text is taken for a number and `"true"` or `"false"` for a boolean; and what a field declares with
 * `Lenient`. Whether the outcome is valid is not decided here.
 */
export function repair(shape: DtoShape, message: object): Repaired {
  const warnings: FieldIssue[] = [];
  const repaired = repairObject(shape, message as Record<string, unknown>, '', warnings);
  return { message: repaired, warnings: warnings.slice(0, MAX_WARNINGS) };
}

function repairObject(
  shape: DtoShape,
  message: Readonly<Record<string, unknown>>,
  prefix: string,
  warnings: FieldIssue[],
): Record<string, unknown> {
  for (const name of unknownFields(shape, message)) {
    warnings.push(
      warning(fieldPath(prefix, name), 'whitelistValidation', 'this field is not known here and was ignored'),
    );
  }
  const copy: Record<string, unknown> = {};
  for (const field of shape.fields) {
    const path = fieldPath(prefix, field.name);
    const value = repairValue(field, message[field.name], path, warnings);
    if (value !== undefined) copy[field.name] = value;
  }
  return copy;
}

function repairValue(field: FieldShape, value: unknown, path: string, warnings: FieldIssue[]): unknown {
  if (value === undefined) return repairMissing(field, path, warnings);
  if (field.nested) return repairNested(field, value, path, warnings);
  const has = (name: string): boolean => field.rules.some((rule) => rule.name === name && !rule.each);
  if (typeof value === 'string') {
    if ((has('isInt') || has('isNumber')) && DECIMAL.test(value)) {
      warnings.push(
        warning(path, has('isInt') ? 'isInt' : 'isNumber', 'a number was sent as text and was converted'),
      );
      return Number(value);
    }
    if (has('isBoolean') && (value === 'true' || value === 'false')) {
      warnings.push(warning(path, 'isBoolean', 'a boolean was sent as text and was converted'));
      return value === 'true';
    }
  }
  return repairDeclared(field, value, path, warnings);
}

function repairMissing(
  { leniencies, optional }: FieldShape,
  path: string,
  warnings: FieldIssue[],
): undefined {
  if (optional || !leniencies.includes('may-be-missing')) return;
  warnings.push(warning(path, 'isDefined', 'this field is required and was missing'));
}

function repairDeclared(
  { leniencies, optional }: FieldShape,
  value: unknown,
  path: string,
  warnings: FieldIssue[],
): unknown {
  if (typeof value === 'number' && Number.isFinite(value) && leniencies.includes('number-as-text')) {
    warnings.push(warning(path, 'isString', 'a text was sent as number and was converted'));
    return String(value);
  }
  if (typeof value === 'object' && value !== null && leniencies.includes('object-as-json')) {
    warnings.push(warning(path, 'isString', 'an object was sent for its JSON text and was taken as that'));
    return JSON.stringify(value);
  }
  if (value === '' && optional && leniencies.includes('empty-as-absent')) {
    warnings.push(warning(path, 'isLength', 'an empty text was sent for an optional field and was ignored'));
    return undefined;
  }
  if (typeof value === 'string' && leniencies.includes('one-as-list')) {
    warnings.push(warning(path, 'isArray', 'one value was sent for a list and was taken as a list of one'));
    return [value];
  }
  return value;
}

function repairNested({ nested }: FieldShape, value: unknown, path: string, warnings: FieldIssue[]): unknown {
  if (nested === undefined || typeof value !== 'object' || value === null) return value;
  const repairItem = (item: unknown, itemPath: string): unknown =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? repairObject(nested.shape, item as Record<string, unknown>, itemPath, warnings)
      : item;
  return Array.isArray(value)
    ? value.map((item, index) => repairItem(item, `${path}.${index}`))
    : repairItem(value, path);
}

function warning(path: string, constraint: string, message: string): FieldIssue {
  return { path, constraint, message };
}
