import { type DtoShape, type FieldRule, type FieldShape, type NestedShape } from './dto-shape.js';
import { isTame } from './hostile-content.js';
import { type Check } from './rule-table.js';

export interface CompileOptions {
  /** Deepest nesting, the message itself being 1. */
  readonly maxDepth: number;
  /** Fields that may be missing in lenient mode may be missing. */
  readonly lenient: boolean;
}

/**
 * Builds one function that says whether strict validation would accept a message. It names no fault: what it
 * refuses goes through class-validator for that.
 *
 * @returns undefined where the class says something that only class-validator understands
 */
export function compileCheck(shape: DtoShape, options: CompileOptions): Check | undefined {
  return shape.opaque ? undefined : compileObject(shape, options);
}

function compileObject(shape: DtoShape, options: CompileOptions): Check {
  if (options.maxDepth < 1) return () => false;
  const { names } = shape;
  const fields = shape.fields.map((field) => compileField(field, options));
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    for (const key in value) if (!names.has(key)) return false;
    const message = value as Readonly<Record<string, unknown>>;
    for (const { name, accepts } of fields) if (!accepts(message[name])) return false;
    return true;
  };
}

function compileField(field: FieldShape, options: CompileOptions): { name: string; accepts: Check } {
  const mayBeMissing = field.optional || (options.lenient && field.leniencies.includes('may-be-missing'));
  const check = field.nested
    ? compileNested(field.nested, field.rules, options)
    : compileOpen(field.rules, options);
  const accepts: Check = (value) => {
    if (value === undefined) return mayBeMissing;
    if (value === null && (field.optional || field.nullable)) return true;
    return check(value);
  };
  return { name: field.name, accepts };
}

function compileNested(nested: NestedShape, rules: readonly FieldRule[], options: CompileOptions): Check {
  const deeper = { ...options, maxDepth: options.maxDepth - (nested.list ? 2 : 1) };
  const accepts = compileObject(nested.shape, deeper);
  const obeys = allOf(rules);
  if (!nested.list) return (value) => accepts(value) && obeys(value);
  return (value) => Array.isArray(value) && value.every(accepts) && obeys(value);
}

// A value that no class describes can hold anything, so it is walked; numbers and texts never are.
function compileOpen(rules: readonly FieldRule[], { maxDepth }: CompileOptions): Check {
  const obeys = allOf(rules);
  return (value) => (typeof value !== 'object' || isTame(value, maxDepth - 1)) && obeys(value);
}

function allOf(rules: readonly FieldRule[]): Check {
  const checks = rules.map(compileRule);
  const [first, second] = checks;
  if (first === undefined) return () => true;
  if (second === undefined) return first;
  if (checks.length === 2) return (value) => first(value) && second(value);
  return (value) => {
    for (const check of checks) if (!check(value)) return false;
    return true;
  };
}

function compileRule({ check, each }: FieldRule): Check {
  if (!each) return check;
  return (value) => (Array.isArray(value) ? value.every(check) : check(value));
}
