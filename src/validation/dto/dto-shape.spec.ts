import { Type } from 'class-transformer';
import {
  ArrayUnique,
  IsOptional,
  IsString,
  registerDecorator,
  ValidateIf,
  ValidateNested,
  ValidatorConstraint,
} from 'class-validator';
import { describe, expect, it } from 'vitest';

import { ValidationConfig } from '../../config/sections/index.js';
import { MessageValidator } from '../message-validator.service.js';
import { compileCheck } from './compile-check.js';
import { shapeOf } from './dto-shape.js';

@ValidatorConstraint({ name: 'isPalindrome' })
class IsPalindromeConstraint {
  validate(value: unknown): boolean {
    return typeof value === 'string' && value === [...value].toReversed().join('');
  }

  defaultMessage(): string {
    return '$property must read the same backwards';
  }
}

function IsPalindrome(): PropertyDecorator {
  return (target, key) =>
    registerDecorator({
      target: target.constructor,
      propertyName: String(key),
      validator: IsPalindromeConstraint,
    });
}

class Palindrome {
  @IsPalindrome()
  word: string;
}

class Conditional {
  @ValidateIf((message: Conditional) => message.kind !== 'none')
  @IsString()
  word?: string;

  @IsOptional()
  @IsString()
  kind?: string;
}

class Unique {
  @ArrayUnique<{ id: number }>(({ id }) => id)
  items: { id: number }[];
}

class Grouped {
  @IsString({ groups: ['a'] })
  word: string;
}

class Around {
  @ValidateNested()
  @Type(() => Palindrome)
  inner: Palindrome;
}

class Endless {
  @IsOptional()
  @ValidateNested()
  @Type(() => Endless)
  inner?: Endless;
}

class Vague {
  @ValidateNested({ each: true })
  items: Palindrome[];
}

class Bare {
  word: string;
}

const clock = { nowMs: () => 0, monotonicMs: () => 0 };

describe('A class with a decorator that only class-validator understands', () => {
  it.each([
    ['a constraint without a rule', Palindrome],
    ['a condition', Conditional],
    ['a function among its arguments', Unique],
    ['groups', Grouped],
    ['such a class within it', Around],
  ])('has no compiled check because of %s', (_, dto) => {
    expect(compileCheck(shapeOf(dto), { maxDepth: 8, lenient: false })).toBeUndefined();
  });

  it.each([
    [Palindrome, { word: 'otto' }, true],
    [Palindrome, { word: 'anna2' }, false],
    [Conditional, { kind: 'none' }, true],
    [Conditional, { kind: 'some' }, false],
    [Unique, { items: [{ id: 1 }, { id: 2 }] }, true],
    [Unique, { items: [{ id: 1 }, { id: 1 }] }, false],
    [Around, { inner: { word: 'otto' } }, true],
    [Around, { inner: { word: 'no' } }, false],
  ])('is validated all the same: %o %o', (dto, message, ok) => {
    const validator = new MessageValidator(new ValidationConfig(), clock);

    expect(validator.validate(dto as typeof Palindrome, message, 'test').ok).toBe(ok);
    expect(validator.validate(dto as typeof Palindrome, message, 'test').ok).toBe(ok);
  });
});

describe('shapeOf', () => {
  it.each([
    ['contains itself', Endless, /contains itself/],
    ['does not say what a list holds', Vague, /without saying which class/],
    ['has no decorators', Bare, /no decorator/],
  ])('refuses a class that %s', (_, dto, message) => {
    expect(() => shapeOf(dto)).toThrow(message);
  });
});
