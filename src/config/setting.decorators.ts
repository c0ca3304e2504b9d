import { applyDecorators } from '@nestjs/common';
import {
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsNumber,
  IsString,
  Max,
  Min,
} from 'class-validator';

/** How the text of a setting becomes its value, and how documentation speaks of it. */
export interface SettingInfo {
  readonly kind: 'duration' | 'bytes' | 'count' | 'flag' | 'choice' | 'text' | 'ratio' | 'list' | 'records';
  readonly description: string;
  readonly choices?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  /** Of a list: `path` is made absolute; `address` may hold colons, which do not separate where a port or `//` follows. */
  readonly items?: ListItems;
  readonly record?: () => new () => object;
}

export type ListItems = 'word' | 'path' | 'address';

const INFO = Symbol('setting');

export function settingsOf(section: object): ReadonlyMap<string, SettingInfo> {
  return (Reflect.getMetadata(INFO, section) as Map<string, SettingInfo> | undefined) ?? new Map();
}

function setting(info: SettingInfo, ...validators: PropertyDecorator[]): PropertyDecorator {
  const remember: PropertyDecorator = (target, key) => {
    const known = new Map(settingsOf(target));
    known.set(String(key), info);
    Reflect.defineMetadata(INFO, known, target);
  };
  return applyDecorators(remember, ...validators) as PropertyDecorator;
}

const DAY_MS = 86_400_000;

/** Milliseconds once parsed; written as `30s`, `500ms`, `5m`, `1h` or bare seconds. Bounds in milliseconds. */
export const Duration = (description: string, { min = 0, max = 30 * DAY_MS } = {}) =>
  setting({ kind: 'duration', description, min, max }, IsInt(), Min(min), Max(max));

/** Bytes once parsed; written as `1MiB`, `64KiB` or bare bytes. Bounds in bytes. */
export const Bytes = (description: string, { min = 0, max = 2 ** 40 } = {}) =>
  setting({ kind: 'bytes', description, min, max }, IsInt(), Min(min), Max(max));

export const Count = (description: string, { min = 0, max = Number.MAX_SAFE_INTEGER } = {}) =>
  setting({ kind: 'count', description, min, max }, IsInt(), Min(min), Max(max));

export const Flag = (description: string) => setting({ kind: 'flag', description }, IsBoolean());

export const Choice = (description: string, choices: readonly string[]) =>
  setting({ kind: 'choice', description, choices }, IsIn([...choices]));

export const Text = (description: string) => setting({ kind: 'text', description }, IsString());

// An empty path would be the folder that the server was started from.
const EACH = [IsString({ each: true }), IsNotEmpty({ each: true, message: 'an item is empty' })];

/** In the environment separated as `PATH` is, or a JSON array. */
export const TextList = (description: string, items: ListItems = 'word') =>
  setting({ kind: 'list', description, items }, IsArray(), ArrayUnique(), ...EACH);

/** A list of objects of one class; in the environment as JSON. The caller adds `ValidateNested` and `Type`. */
export const Records = (description: string, record: () => new () => object) =>
  setting({ kind: 'records', description, record }, IsArray());

/** A number from 0 to 1. */
export const Ratio = (description: string) =>
  setting({ kind: 'ratio', description, min: 0, max: 1 }, IsNumber(), Min(0), Max(1));
