import { ValidateBy } from 'class-validator';

import { defineRule } from '../../validation/dto/rule-table.js';
import { parsePointInTime } from './point-in-time.js';

const IS_POINT_IN_TIME = 'isPointInTime';
const MAX_LENGTH = 64;

// Whether a text can be read depends neither on the time of day nor on the edge of a day.
const isPointInTime = (value: unknown): boolean =>
  typeof value === 'string' &&
  value.length <= MAX_LENGTH &&
  parsePointInTime(value, 0, 'start') !== undefined;

defineRule(IS_POINT_IN_TIME, {
  check: () => isPointInTime,
  schema: () => ({ type: 'string', maxLength: MAX_LENGTH }),
});

/** The texts that `parsePointInTime` reads. */
export const IsPointInTime = (): PropertyDecorator =>
  ValidateBy({
    name: IS_POINT_IN_TIME,
    validator: {
      validate: isPointInTime,
      defaultMessage: () =>
        '$property must be a date such as 2024-01-15, 2024-01-15T14:30:25Z, Jan 15 2024, yesterday or 2 weeks ago',
    },
  });
