import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';

import { AppConfig } from './app.config.js';
import { nearestName } from './nearest-name.js';
import { expectationOf } from './setting-words.js';
import type { Setting } from './settings.js';

/** What is wrong with one value; `path` leads into it, empty for the value itself. */
export interface Problem {
  readonly path: readonly string[];
  readonly text: string;
  readonly nearest?: string;
}

/** These rules come with the kind of a setting, which speaks of them better than the validator: with units. */
const RULES_OF_KINDS = new Set([
  'isInt',
  'isNumber',
  'min',
  'max',
  'isBoolean',
  'isIn',
  'isString',
  'isArray',
  'arrayUnique',
]);

/** Records become instances of their class, so that what the class says of them is checked as well. */
export function instantiate(setting: Setting, value: unknown): unknown {
  const record = setting.info.record?.();
  return record && Array.isArray(value) ? plainToInstance(record, value) : value;
}

/** Puts a value in its place. @throws TypeError where the key names no setting of this configuration */
export function assign(config: AppConfig, key: string, value: unknown): void {
  const path = key.split('.');
  const name = path.pop() ?? '';
  sectionAt(config, path)[name] = value;
}

/** Checks one value by the validators of its class, alone, so that no other fault hides it. */
export function problemsOf(setting: Setting, value: unknown): readonly Problem[] {
  const path = setting.key.split('.');
  const name = path.pop() ?? '';
  const section = sectionAt(new AppConfig(), path);
  section[name] = value;
  const errors = validateSync(section, {
    forbidUnknownValues: true,
    whitelist: true,
    forbidNonWhitelisted: true,
  });
  return errors.flatMap((error) => problemsOfProperty(setting, error));
}

function problemsOfProperty(setting: Setting, error: ValidationError): Problem[] {
  const rules = Object.entries(error.constraints ?? {});
  const inside = (error.children ?? []).flatMap((child) => problemsInside(child, []));
  if (rules.length === 0) return inside;
  const ofKind = rules.some(([rule]) => RULES_OF_KINDS.has(rule));
  const text = ofKind ? expectationOf(setting.info) : rules.map(([, message]) => message).join('; ');
  return [{ path: [], text }, ...inside];
}

function problemsInside(error: ValidationError, parents: readonly string[]): Problem[] {
  const path = [...parents, error.property];
  const own = Object.entries(error.constraints ?? {}).map(([rule, message]): Problem => {
    if (rule !== 'whitelistValidation') return { path, text: message };
    const nearest = nearestName(error.property, propertiesOf(error.target));
    return { path, text: 'unknown key', ...(nearest !== undefined && { nearest }) };
  });
  return [...own, ...(error.children ?? []).flatMap((child) => problemsInside(child, path))];
}

function propertiesOf(target: object | undefined): string[] {
  if (!target) return [];
  const rules = getMetadataStorage().getTargetValidationMetadatas(target.constructor, '', false, false);
  return [...new Set(rules.map(({ propertyName }) => propertyName))];
}

function sectionAt(config: AppConfig, path: readonly string[]): Record<string, unknown> {
  return path.reduce(
    (section, name) => section[name] as Record<string, unknown>,
    config as object as Record<string, unknown>,
  );
}
