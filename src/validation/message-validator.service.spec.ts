import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { Type } from 'class-transformer';
import {
  Allow,
  ArrayMaxSize,
  ArrayMinSize,
  Equals,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ValidationConfig } from '../config/sections/index.js';
import { Lenient } from './dto/dto.decorators.js';
import { IsWellFormed } from './dto/text.constraints.js';
import { MessageValidator, type Validated } from './message-validator.service.js';

class Client {
  @IsString()
  @Length(1, 8)
  name: string;
}

class Notice {
  @Equals('notice')
  type: string;

  @Lenient('number-as-text', 'may-be-missing')
  @IsString()
  @Length(1, 8)
  @IsWellFormed()
  id: string;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(9)
  level?: number = 3;

  @IsOptional()
  @IsBoolean()
  loud?: boolean;

  @IsOptional()
  @IsIn(['a', 'b'])
  choice?: string;

  @Lenient('one-as-list')
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(2)
  @IsString({ each: true })
  tags?: string[];

  @IsOptional()
  @ValidateNested()
  @Type(() => Client)
  client?: Client;

  @IsOptional()
  @ValidateNested({ each: true })
  @Type(() => Client)
  others?: Client[];

  @IsOptional()
  @IsObject()
  data?: object;

  @IsOptional()
  @Allow()
  anything?: unknown;
}

const clock = { nowMs: () => 0, monotonicMs: () => 0 };

function validator(settings: Partial<ValidationConfig> = {}): MessageValidator {
  return new MessageValidator(Object.assign(new ValidationConfig(), settings), clock);
}

const strict = (message: unknown): Validated<Notice> =>
  validator({ mode: 'strict' }).validate(Notice, message, 'notice');
const lenient = (message: unknown): Validated<Notice> => validator().validate(Notice, message, 'notice');
const valid = { type: 'notice', id: 'n1' };

const pathsOf = (verdict: Validated<Notice>): string[] =>
  (verdict.ok ? verdict.warnings : verdict.issues).map(({ path, constraint }) => `${path}:${constraint}`);

const nested = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);

describe('MessageValidator', () => {
  beforeAll(() => Logger.overrideLogger(false));
  afterAll(() => Logger.overrideLogger(['log', 'warn', 'error']));

  it('gives a valid message as an instance of its class, with defaults', () => {
    const verdict = strict({ ...valid, client: { name: 'ed' } });

    expect(verdict).toEqual({
      ok: true,
      value: { ...valid, level: 3, client: { name: 'ed' } },
      warnings: [],
    });
    expect(verdict.ok && verdict.value).toBeInstanceOf(Notice);
    expect(verdict.ok && verdict.value.client).toBeInstanceOf(Client);
  });

  it('takes null in an optional field for an absent one', () => {
    expect(strict({ ...valid, level: null, loud: null })).toMatchObject({
      ok: true,
      value: { ...valid, level: 3 },
    });
  });

  it.each([
    ['a missing field', { id: 'n1' }, 'type:equals'],
    ['an empty text', { ...valid, id: '' }, 'id:isLength'],
    ['a long text', { ...valid, id: 'x'.repeat(9) }, 'id:isLength'],
    ['half a surrogate pair', { ...valid, id: 'a\ud800' }, 'id:isWellFormed'],
    ['a number out of range', { ...valid, level: 1e300 }, 'level:max'],
    ['a number beyond all ranges', { ...valid, level: JSON.parse('1e999') as number }, 'level:isInt'],
    ['a wrong type', { ...valid, loud: 1 }, 'loud:isBoolean'],
    ['a value that is no choice', { ...valid, choice: 'c' }, 'choice:isIn'],
    ['a list too long', { ...valid, tags: ['a', 'b', 'c'] }, 'tags:arrayMaxSize'],
    ['a wrong item', { ...valid, tags: [1] }, 'tags:isString'],
    ['a fault in a nested object', { ...valid, client: { name: 1 } }, 'client.name:isString'],
    ['a list where an object belongs', { ...valid, client: [] }, 'client:isObject'],
    ['a list of lists where an object belongs', { ...valid, client: [[{}]] }, 'client.0.0:unknownValue'],
    ['a fault in a list of objects', { ...valid, others: [{ name: 'a' }, {}] }, 'others.1.name:isString'],
    ['an object where a list of them belongs', { ...valid, others: { name: 'a' } }, 'others:isArray'],
  ])('refuses %s in either mode, naming the field', (_, message, issue) => {
    expect(pathsOf(strict(message))).toContain(issue);
    expect(pathsOf(lenient(message))).toContain(issue);
    expect(lenient(message).ok).toBe(false);
  });

  it.each([
    ['an unknown field', { ...valid, extra: 1 }, 'extra:whitelistValidation'],
    [
      'an unknown field of a nested object',
      { ...valid, client: { name: 'a', b: 1 } },
      'client.b:whitelistValidation',
    ],
    [
      'an unknown field that every object inherits',
      { ...valid, hasOwnProperty: 1 },
      'hasOwnProperty:whitelistValidation',
    ],
    ['a numeric id', { ...valid, id: 7 }, 'id:isString'],
    ['a number as text', { ...valid, level: '4' }, 'level:isInt'],
    ['a boolean as text', { ...valid, loud: 'true' }, 'loud:isBoolean'],
    ['one value for a list', { ...valid, tags: 'a' }, 'tags:isArray'],
  ])('refuses %s when strict and lets it pass with a warning when lenient', (_, message, issue) => {
    expect(strict(message).ok).toBe(false);
    expect(pathsOf(strict(message))).toContain(issue);
    expect(lenient(message).ok).toBe(true);
    expect(pathsOf(lenient(message))).toEqual([issue]);
  });

  it('lets a field that may be missing be missing when lenient', () => {
    expect(lenient({ type: 'notice' })).toMatchObject({
      ok: true,
      warnings: [{ path: 'id', constraint: 'isDefined' }],
    });
  });

  it('converts what it lets pass and leaves the message of the caller alone', () => {
    const message = { ...valid, id: 7, level: '4', loud: 'false', tags: 'a', extra: 1 };

    const verdict = lenient(message);

    expect(verdict).toMatchObject({
      ok: true,
      value: { type: 'notice', id: '7', level: 4, loud: false, tags: ['a'] },
    });
    expect(message).toEqual({ ...valid, id: 7, level: '4', loud: 'false', tags: 'a', extra: 1 });
    expect(verdict.ok && 'extra' in verdict.value).toBe(false);
  });

  it('tells only what leniency cannot cure', () => {
    expect(pathsOf(lenient({ type: 'notice', id: 7, extra: 1, loud: 'maybe' }))).toEqual(['loud:isBoolean']);
  });

  it.each([
    ['__proto__ as a field', '{"type":"notice","id":"a","__proto__":{"admin":true}}', 'hostileKey'],
    ['constructor as a field', '{"type":"notice","id":"a","constructor":{"prototype":{}}}', 'hostileKey'],
    [
      '__proto__ within free content',
      '{"type":"notice","id":"a","data":{"x":[{"__proto__":1}]}}',
      'hostileKey',
    ],
    ['prototype within free content', '{"type":"notice","id":"a","anything":{"prototype":1}}', 'hostileKey'],
    [
      'free content that nests too deeply',
      `{"type":"notice","id":"a","anything":${'['.repeat(40)}${']'.repeat(40)}}`,
      'maxDepth',
    ],
    ['an abyss', `{"type":"notice","id":"a","x":${'['.repeat(200_000)}${']'.repeat(200_000)}}`, 'maxDepth'],
    ['null', 'null', 'isObject'],
    ['a list', '[]', 'isObject'],
    ['a text', '"notice"', 'isObject'],
  ])('refuses %s in either mode', (_, json, constraint) => {
    for (const verdict of [strict(JSON.parse(json)), lenient(JSON.parse(json))]) {
      expect(verdict).toMatchObject({ ok: false, issues: [{ path: '', constraint }] });
    }
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('allows nesting up to the limit and not one level more', () => {
    expect(strict({ ...valid, anything: nested(31) }).ok).toBe(true);
    expect(strict({ ...valid, anything: nested(32) }).ok).toBe(false);
  });

  it('never answers with more than twenty issues or a whole key of the caller', () => {
    const message = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, index) => [`${'k'.repeat(500)}${index}`, 1]),
    );

    const verdict = strict({ ...valid, ...message });

    expect(!verdict.ok && verdict.issues.length).toBe(20);
    expect(JSON.stringify(verdict).length).toBeLessThan(5_000);
  });

  it('never repeats a value in an issue', () => {
    const verdict = strict({
      type: 'S3CRET',
      id: 'S3CRET-S3CRET',
      level: 'S3CRET',
      choice: 'S3CRET',
      tags: 'S3CRET',
    });

    expect(verdict.ok).toBe(false);
    expect(JSON.stringify(verdict)).not.toContain('S3CRET');
  });

  it('names the faults of a message that comes again from memory, whatever its id is', () => {
    const remembering = validator();
    const first = remembering.validate(Notice, { ...valid, level: 99 }, 'notice');
    const again = remembering.validate(Notice, { ...valid, id: 'n2', level: 99 }, 'notice');
    const other = remembering.validate(Notice, { ...valid, id: '', level: 99 }, 'notice');

    expect(again).toEqual(first);
    expect(pathsOf(other)).toEqual(['id:isLength', 'level:max']);
    expect(remembering.cache.stats()).toMatchObject({ hits: 1, misses: 2, size: 2 });
  });

  it('remembers nothing of messages that it accepts', () => {
    const remembering = validator();
    remembering.validate(Notice, valid, 'notice');
    remembering.validate(Notice, { ...valid, extra: 1 }, 'notice');

    expect(remembering.cache.stats()).toMatchObject({ hits: 0, misses: 0, size: 0 });
  });

  it('counts by type, and what leniency recovered', () => {
    const counting = validator();
    counting.validate(Notice, valid, 'notice');
    counting.validate(Notice, { ...valid, extra: 1 }, 'notice');
    counting.validate(Notice, {}, 'other');
    counting.refuse('not json', []);

    expect(counting.stats()).toEqual({
      total: 4,
      successful: 2,
      failed: 2,
      recovered: 1,
      byType: {
        notice: { total: 2, successful: 2, failed: 0, recovered: 1 },
        other: { total: 1, successful: 0, failed: 1, recovered: 0 },
        unknown: { total: 1, successful: 0, failed: 1, recovered: 0 },
      },
    });
  });

  it('counts types beyond a bound together as unknown', () => {
    const counting = validator();
    for (let index = 0; index < 1_000; index += 1) counting.validate(Notice, valid, `type-${index}`);

    const { byType, total } = counting.stats();

    expect(total).toBe(1_000);
    expect(Object.keys(byType)).toHaveLength(256);
    expect(byType['unknown']?.total).toBe(1_000 - 255);
  });
});
