import { type Type } from '@nestjs/common';
import { getMetadataStorage, IS_DEFINED, IS_OPTIONAL, ValidationTypes } from 'class-validator';
import { defaultMetadataStorage } from 'class-transformer/cjs/storage.js';

import { isNotNull, type Leniency, notesOf } from './dto.decorators.js';
import { type Check, ruleOf } from './rule-table.js';

type ValidationMetadata = ReturnType<
  ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']
>[number];

export interface FieldRule {
  readonly name: string;
  readonly constraints: readonly unknown[];
  /** Applies to each element where the value is a list, else to the value, as class-validator has it. */
  readonly each: boolean;
  readonly check: Check;
}

export interface NestedShape {
  readonly shape: DtoShape;
  readonly list: boolean;
}

export interface FieldShape {
  readonly name: string;
  /** It may be absent, and null means absent. */
  readonly optional: boolean;
  readonly nullable: boolean;
  readonly leniencies: readonly Leniency[];
  readonly description: string | undefined;
  readonly rules: readonly FieldRule[];
  readonly nested: NestedShape | undefined;
}

/** What a class with class-validator's decorators says of its messages, read once. */
export interface DtoShape {
  readonly dto: Type<object>;
  readonly fields: readonly FieldShape[];
  readonly names: ReadonlySet<string>;
  /** Values that a new instance starts with. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** Some decorator of it, or of a class within it, means something that only class-validator knows. */
  readonly opaque: boolean;
}

const shapes = new Map<Type<object>, DtoShape>();

/** @throws Error where a class has no decorators, contains itself, or does not say what a nested field holds */
export function shapeOf(dto: Type<object>, path: readonly Type<object>[] = []): DtoShape {
  const known = shapes.get(dto);
  if (known) return known;
  if (path.includes(dto))
    throw new Error(`${dto.name} contains itself: its messages would have no greatest depth`);
  const shape = readShape(dto, [...path, dto]);
  shapes.set(dto, shape);
  return shape;
}

function readShape(dto: Type<object>, path: readonly Type<object>[]): DtoShape {
  const metadata = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  if (metadata.length === 0) throw new Error(`${dto.name} has no decorator of class-validator`);
  const inherited = metadata.filter(({ target }) => target !== dto);
  const names = new Set([...inherited, ...metadata].map(({ propertyName }) => propertyName));
  const fields = [...names].map((name) => readField(dto, name, metadata, path));
  return {
    dto,
    fields: fields.map(({ field }) => field),
    names,
    defaults: { ...new dto() } as Record<string, unknown>,
    opaque: fields.some(({ opaque }) => opaque),
  };
}

function readField(
  dto: Type<object>,
  name: string,
  all: readonly ValidationMetadata[],
  path: readonly Type<object>[],
): { field: FieldShape; opaque: boolean } {
  const metadata = all.filter(({ propertyName }) => propertyName === name);
  const notes = notesOf(dto.prototype as object).get(name) ?? {};
  const nested = metadata.some(({ type }) => type === ValidationTypes.NESTED_VALIDATION)
    ? readNested(dto, name, metadata, path)
    : undefined;
  const field: FieldShape = {
    name,
    optional: metadata.some(mayBeAbsent),
    nullable: notes.nullable === true,
    leniencies: notes.leniencies ?? [],
    description: notes.description,
    rules: metadata.flatMap(readRule),
    nested,
  };
  return { field, opaque: metadata.some(isOpaque) || nested?.shape.opaque === true };
}

// A condition other than ours decides by itself whether an absent field is a fault.
function mayBeAbsent({ type, constraints }: ValidationMetadata): boolean {
  return type === ValidationTypes.CONDITIONAL_VALIDATION && constraints[0] !== isNotNull;
}

function readRule({ name, constraints, each }: ValidationMetadata): FieldRule[] {
  const rule = name === undefined ? undefined : ruleOf(name);
  if (name === undefined || rule === undefined) return [];
  const given = (constraints as readonly unknown[] | undefined) ?? [];
  return [{ name, constraints: given, each: each === true, check: rule.check(given) }];
}

function isOpaque({ type, name, constraints, groups, validateIf }: ValidationMetadata): boolean {
  if ((groups?.length ?? 0) > 0 || validateIf !== undefined) return true;
  if (type === ValidationTypes.CONDITIONAL_VALIDATION)
    return name !== IS_OPTIONAL && constraints[0] !== isNotNull;
  if (type === ValidationTypes.CUSTOM_VALIDATION || type === IS_DEFINED)
    return name === undefined || ruleOf(name) === undefined;
  return type !== ValidationTypes.NESTED_VALIDATION && type !== ValidationTypes.WHITELIST;
}

function readNested(
  dto: Type<object>,
  name: string,
  metadata: readonly ValidationMetadata[],
  path: readonly Type<object>[],
): NestedShape {
  const declared: unknown = Reflect.getMetadata('design:type', dto.prototype as object, name);
  const typed = defaultMetadataStorage.findTypeMetadata(dto, name)?.typeFunction?.();
  const nested = (typed ?? declared) as Type<object> | undefined;
  if (nested === undefined || nested === (Object as unknown) || nested === (Array as unknown)) {
    throw new Error(
      `${dto.name}.${name} is nested without saying which class it holds: add @Type(() => ...)`,
    );
  }
  const list =
    declared === Array || metadata.some((one) => one.type === ValidationTypes.NESTED_VALIDATION && one.each);
  return { shape: shapeOf(nested, path), list };
}
