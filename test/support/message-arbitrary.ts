import * as fc from 'fast-check';

import { type DtoShape, type FieldShape } from '../../src/validation/dto/dto-shape.js';

/** Texts that tend to tell two checks of text apart. */
const ODD_TEXTS = [
  '',
  ' ',
  'a',
  '7',
  '-1.5',
  'true',
  '😀',
  'a\uFE0F',
  '\uFE0F',
  '\ud800',
  'a\udc00b',
  '\0',
  'x'.repeat(129),
];
const ODD_NUMBERS = [
  0,
  -0,
  -1,
  1,
  1.5,
  1e300,
  2 ** 53,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.MIN_VALUE,
];

const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    {},
    [],
    [[]],
    [null],
    { length: 1 },
    ...ODD_TEXTS,
    ...ODD_NUMBERS,
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

const EXTRA_NAMES = ['extra', 'toString', 'valueOf', 'id ', 'Type', 'arguments', 'x'.repeat(100)];

/** Messages of a class, mostly right or nearly so: each field valid, at an edge, absent or nonsense. */
export function messageOf(shape: DtoShape): fc.Arbitrary<Record<string, unknown>> {
  const fields = fc.record(Object.fromEntries(shape.fields.map((field) => [field.name, maybe(field)])), {
    requiredKeys: [],
  });
  const extras = fc.dictionary(fc.constantFrom(...EXTRA_NAMES), junk, { maxKeys: 1, noNullPrototype: true });
  const strays = fc.oneof({ weight: 6, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: extras });
  return fc.tuple(wholeOrPart(shape, fields), strays).map(([message, stray]) => ({ ...message, ...stray }));
}

function wholeOrPart(
  shape: DtoShape,
  part: fc.Arbitrary<Record<string, unknown>>,
): fc.Arbitrary<Record<string, unknown>> {
  const whole = fc.record(Object.fromEntries(shape.fields.map((field) => [field.name, fitting(field)])));
  const required = shape.fields.filter(({ optional }) => !optional).map(({ name }) => name);
  const mixed = fc.tuple(whole, part).map(([right, odd]) => ({ ...right, ...odd }));
  const oneWrong = fc
    .tuple(whole, fc.constantFrom(...shape.fields.map(({ name }) => name)), junk)
    .map(([right, name, value]) => ({ ...right, [name]: value }));
  const oneMissing = fc
    .tuple(whole, fc.constantFrom(...required, 'none'))
    .map(([right, name]) => Object.fromEntries(Object.entries(right).filter(([key]) => key !== name)));
  return fc.oneof(whole, oneWrong, oneMissing, mixed, part);
}

function maybe(field: FieldShape): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 4, arbitrary: fitting(field) }, { weight: 1, arbitrary: junk });
}

function fitting(field: FieldShape): fc.Arbitrary<unknown> {
  const value = field.nested ? nestedValue(field) : ruledValue(field);
  const none = field.optional || field.nullable ? [fc.constant(null)] : [];
  return fc.oneof({ weight: 8, arbitrary: value }, ...none.map((arbitrary) => ({ weight: 1, arbitrary })));
}

function nestedValue({ nested }: FieldShape): fc.Arbitrary<unknown> {
  if (nested === undefined) return junk;
  const item = messageOf(nested.shape);
  return nested.list ? fc.array(item, { maxLength: 3 }) : item;
}

function ruledValue({ rules }: FieldShape): fc.Arbitrary<unknown> {
  const item = rules.some(({ each }) => each) ? rules.filter(({ each }) => each) : undefined;
  if (item) return fc.array(ofRules(item), { maxLength: 4 });
  return ofRules(rules);
}

function ofRules(rules: FieldShape['rules']): fc.Arbitrary<unknown> {
  const rule = (name: string) => rules.find((one) => one.name === name)?.constraints;
  const equals = rule('equals');
  if (equals) return fc.constant(equals[0]);
  const choices = rule('isIn')?.[0];
  if (Array.isArray(choices)) return fc.constantFrom(...(choices as unknown[]));
  if (rule('isBoolean')) return fc.boolean();
  if (rule('isInt') || rule('isNumber'))
    return numberWithin(rule('min')?.[0] as number, rule('max')?.[0] as number);
  if (rule('isPointInTime'))
    return fc.constantFrom('2024-01-15', 'yesterday', '2 weeks ago', '2024-02-31', 'soon');
  if (rule('isObject'))
    return fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 }), { noNullPrototype: true });
  if (rule('isString')) return textUpTo((rule('isLength')?.[1] ?? rule('maxLength')?.[0] ?? 64) as number);
  return junk;
}

function numberWithin(least = -10, most = 1_000_000): fc.Arbitrary<number> {
  const edges = fc.constantFrom(least, most, least - 1, most + 1, least + 0.5);
  return fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: least, max: most }) },
    { weight: 1, arbitrary: edges },
  );
}

function textUpTo(most: number): fc.Arbitrary<string> {
  const edge = fc.constantFrom(
    'x'.repeat(most),
    'x'.repeat(most + 1),
    '😀'.repeat(most),
    `${'x'.repeat(most)}\uFE0F`,
  );
  return fc.oneof(
    { weight: 5, arbitrary: fc.string({ minLength: 1, maxLength: Math.min(most, 20) }) },
    { weight: 1, arbitrary: fc.constantFrom(...ODD_TEXTS) },
    { weight: most > 5_000 ? 0 : 1, arbitrary: edge },
  );
}
