import { Type } from 'class-transformer';
import {
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { describe, expect, it } from 'vitest';

import { Describe, Nullable } from './dto.decorators.js';
import { jsonSchemaOf } from './json-schema.js';

class Part {
  @Describe('How much')
  @IsInt()
  @Min(1)
  @Max(9)
  amount: number;
}

class Parent {
  @Describe('Who')
  @IsString()
  @Length(1, 8)
  @Matches(/^[a-z]+$/)
  name: string;
}

class Whole extends Parent {
  @IsOptional()
  @IsIn(['a', 'b'])
  choice?: string = 'a';

  @Nullable()
  @IsString()
  note: string | null;

  @Nullable()
  @IsIn(['x'])
  mark: string | null;

  @IsArray()
  @IsString({ each: true })
  @Length(1, 4, { each: true })
  tags: string[];

  @IsOptional()
  @ValidateNested()
  @Type(() => Part)
  part?: Part;

  @Describe('All of them')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => Part)
  parts: Part[];
}

const part = {
  type: 'object',
  properties: { amount: { description: 'How much', type: 'integer', minimum: 1, maximum: 9 } },
  required: ['amount'],
  additionalProperties: false,
};

describe('jsonSchemaOf', () => {
  it('says in one self-contained schema what the decorators say', () => {
    expect(jsonSchemaOf(Whole)).toEqual({
      type: 'object',
      properties: {
        name: { description: 'Who', type: 'string', minLength: 1, maxLength: 8, pattern: '^[a-z]+$' },
        choice: { type: 'string', enum: ['a', 'b'], default: 'a' },
        note: { type: ['string', 'null'] },
        mark: { type: ['string', 'null'], enum: ['x', null] },
        tags: { type: 'array', items: { type: 'string', minLength: 1, maxLength: 4 } },
        part,
        parts: { description: 'All of them', type: 'array', items: part },
      },
      required: ['name', 'note', 'mark', 'tags', 'parts'],
      additionalProperties: false,
    });
  });

  it('is built once, and nobody can change it for the others', () => {
    const schema = jsonSchemaOf(Whole);

    expect(jsonSchemaOf(Whole)).toBe(schema);
    expect(() => Object.assign(schema.properties, { more: {} })).toThrow(TypeError);
  });
});
