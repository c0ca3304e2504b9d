import { type Type } from '@nestjs/common';

import { type DtoShape, type FieldShape, shapeOf } from './dto-shape.js';
import { type JsonSchema, type ObjectSchema } from './json-schema.types.js';
import { ruleOf } from './rule-table.js';

const schemas = new Map<Type<object>, ObjectSchema>();

/**
 * The JSON Schema of a class with class-validator's decorators, self-contained and the same object each time.
 * It says all that the constraints in the table of rules say; one that cannot be said is left out, so the
 * schema accepts at least what validation accepts.
 */
export function jsonSchemaOf(dto: Type<object>): ObjectSchema {
  const known = schemas.get(dto);
  if (known) return known;
  const schema = deepFreeze(objectSchema(shapeOf(dto)));
  schemas.set(dto, schema);
  return schema;
}

function objectSchema({ fields, defaults }: DtoShape): ObjectSchema {
  return {
    type: 'object',
    properties: Object.fromEntries(
      fields.map((field) => [field.name, fieldSchema(field, defaults[field.name])]),
    ),
    required: fields.filter(({ optional }) => !optional).map(({ name }) => name),
    additionalProperties: false,
  };
}

function fieldSchema(field: FieldShape, preset: unknown): JsonSchema {
  const described = { ...(field.description !== undefined && { description: field.description }) };
  const value = field.nested ? nestedSchema(field) : ruledSchema(field);
  return {
    ...described,
    ...nullableSchema(value, field.nullable),
    ...(preset !== undefined && { default: preset }),
  };
}

function nestedSchema({ nested, rules }: FieldShape): JsonSchema {
  if (nested === undefined) return {};
  const item = objectSchema(nested.shape);
  return nested.list ? { ...schemaOfRules(rules), type: 'array', items: item } : item;
}

function ruledSchema({ rules }: FieldShape): JsonSchema {
  const items = rules.filter(({ each }) => each);
  const own = schemaOfRules(rules.filter(({ each }) => !each));
  return items.length === 0 ? own : { ...own, type: 'array', items: schemaOfRules(items) };
}

function schemaOfRules(rules: FieldShape['rules']): JsonSchema {
  const parts = rules.map(({ name, constraints }) => ruleOf(name)?.schema?.(constraints) ?? {});
  const schema: JsonSchema = Object.assign({}, ...parts) as JsonSchema;
  const ofTexts = schema.type === undefined && schema.enum?.every((one) => typeof one === 'string') === true;
  return ofTexts ? { type: 'string', ...schema } : schema;
}

function nullableSchema(schema: JsonSchema, nullable: boolean): JsonSchema {
  if (!nullable || typeof schema.type !== 'string') return schema;
  return { ...schema, type: [schema.type, 'null'], ...(schema.enum && { enum: [...schema.enum, null] }) };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
