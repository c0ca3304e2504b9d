import {
  arrayMaxSize,
  arrayMinSize,
  equals,
  isArray,
  isBoolean,
  isDefined,
  isIn,
  isInt,
  isISO8601,
  isNumber,
  isObject,
  isString,
  length,
  matches,
  max,
  maxLength,
  min,
  minLength,
} from 'class-validator';

import { type JsonSchema } from './json-schema.types.js';
import { isGitText, isWellFormed } from './text.constraints.js';

export type Check = (value: unknown) => boolean;

/** A constraint that can be checked without class-validator's machinery and said in JSON Schema. */
export interface Rule {
  /** Must give class-validator's own verdict for every value; a property test holds it to that. */
  readonly check: (constraints: readonly unknown[]) => Check;
  readonly schema?: (constraints: readonly unknown[]) => JsonSchema;
}

const typed = (check: Check, type: string): Rule => ({ check: () => check, schema: () => ({ type }) });
const numeric = (constraints: readonly unknown[], index = 0): number => constraints[index] as number;

/**
 * Counting characters (pairs and presentation sequences as one) costs two regular expressions. A text is never
 * longer than its code units, and never empty unless it has none, which settles most cases.
 */
const lengthCheck = (least: number, most: number | undefined): Check => {
  return (value) => {
    if (typeof value !== 'string') return false;
    const units = value.length;
    if (least <= 1 && units >= least && (most === undefined || units <= most)) return true;
    if (units < least) return false;
    return length(value, least, most);
  };
};

const WELL_KNOWN: Readonly<Record<string, Rule>> = {
  isString: typed((value) => typeof value === 'string' || isString(value), 'string'),
  isBoolean: typed((value) => typeof value === 'boolean' || isBoolean(value), 'boolean'),
  isInt: typed(isInt as Check, 'integer'),
  isArray: typed(isArray, 'array'),
  isObject: typed(isObject, 'object'),
  isDefined: { check: () => isDefined },
  isWellFormed: { check: () => isWellFormed },
  isGitText: { check: () => isGitText },
  isNumber: {
    check:
      ([options]) =>
      (value) =>
        isNumber(value, options as Parameters<typeof isNumber>[1]),
    schema: () => ({ type: 'number' }),
  },
  min: { check: (c) => (value) => min(value, numeric(c)), schema: (c) => ({ minimum: numeric(c) }) },
  max: { check: (c) => (value) => max(value, numeric(c)), schema: (c) => ({ maximum: numeric(c) }) },
  equals: {
    check:
      ([wanted]) =>
      (value) =>
        equals(value, wanted),
    schema: ([wanted]) => ({ const: wanted }),
  },
  isIn: {
    check:
      ([choices]) =>
      (value) =>
        isIn(value, choices as unknown[]),
    schema: ([choices]) => ({ enum: [...(choices as unknown[])] }),
  },
  isLength: {
    check: (c) => lengthCheck(numeric(c), c[1] as number | undefined),
    schema: (c) => ({ minLength: numeric(c), ...(c[1] !== undefined && { maxLength: numeric(c, 1) }) }),
  },
  minLength: {
    check: (c) => (value) => minLength(value, numeric(c)),
    schema: (c) => ({ minLength: numeric(c) }),
  },
  maxLength: {
    check: (c) => {
      const most = numeric(c);
      return (value) => (typeof value === 'string' && value.length <= most) || maxLength(value, most);
    },
    schema: (c) => ({ maxLength: numeric(c) }),
  },
  matches: {
    check:
      ([pattern, modifiers]) =>
      (value) =>
        matches(value as string, pattern as string, modifiers as string),
    schema: ([pattern]) =>
      pattern instanceof RegExp && pattern.flags === '' ? { pattern: pattern.source } : {},
  },
  isIso8601: {
    check:
      ([options]) =>
      (value) =>
        isISO8601(value, options as object | undefined),
  },
  arrayMinSize: {
    check: (c) => (value) => arrayMinSize(value, numeric(c)),
    schema: (c) => ({ minItems: numeric(c) }),
  },
  arrayMaxSize: {
    check: (c) => (value) => arrayMaxSize(value, numeric(c)),
    schema: (c) => ({ maxItems: numeric(c) }),
  },
};

const rules = new Map(Object.entries(WELL_KNOWN));

/** By class-validator's name of the constraint. A class with a constraint that has no rule goes the slow way. */
export function ruleOf(name: string): Rule | undefined {
  return rules.get(name);
}

/** Adds the rule of a constraint that another module defines, beside its decorator. */
export function defineRule(name: string, rule: Rule): void {
  if (rules.has(name)) throw new Error(`The constraint ${name} has a rule already`);
  rules.set(name, rule);
}
