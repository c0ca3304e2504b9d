import { type Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import * as heartbeat from '../../src/gateway/messages/heartbeat.dto.js';
import * as initialize from '../../src/gateway/messages/initialize.dto.js';
import * as notifications from '../../src/gateway/messages/notifications.dto.js';
import * as ping from '../../src/gateway/messages/ping.dto.js';
import * as session from '../../src/gateway/messages/session.dto.js';
import * as toolMessages from '../../src/gateway/messages/tools.dto.js';
import { type Tool } from '../../src/tools/tool.js';
import { TOOL_CLASSES } from '../../src/tools/tools.providers.js';
import { compileCheck } from '../../src/validation/dto/compile-check.js';
import { shapeOf } from '../../src/validation/dto/dto-shape.js';
import { explain } from '../../src/validation/dto/explain.js';
import { hostileContent } from '../../src/validation/dto/hostile-content.js';
import { messageOf } from '../support/message-arbitrary.js';

const MAX_DEPTH = 8;

/** What class-validator lets pass and we do not: see `explain`. */
const OUR_OWN = new Set(['whitelistValidation', 'isDefined', 'isObject', 'isArray']);

const messageClasses = [heartbeat, initialize, notifications, ping, session, toolMessages].flatMap((module) =>
  Object.values(module).filter(
    (value): value is Type<object> => typeof value === 'function' && isClass(value),
  ),
);
const specs = TOOL_CLASSES.map((tool) => (Reflect.construct(tool, []) as Tool).spec);
const classes = new Set<Type<object>>([
  ...messageClasses,
  ...specs.flatMap(({ input, output }) => [input, output]),
]);

function isClass(value: object): boolean {
  return String(value).startsWith('class ');
}

function acceptedByClassValidator(dto: Type<object>, message: object): boolean {
  const options = { whitelist: true, forbidNonWhitelisted: true };
  return validateSync(plainToInstance(dto, message), options).length === 0;
}

describe('The compiled check', () => {
  it('exists for every class of the product', () => {
    const slow = [...classes].filter((dto) => shapeOf(dto).opaque).map(({ name }) => name);

    expect(classes.size).toBeGreaterThan(40);
    expect(slow).toEqual([]);
  });

  it.each([...classes].map((dto) => [dto.name, dto] as const))(
    "of %s gives class-validator's verdicts",
    (_, dto) => {
      const shape = shapeOf(dto);
      const accepts = compileCheck(shape, { maxDepth: MAX_DEPTH, lenient: false });
      const seen = { accepted: 0, refused: 0 };

      const verdicts = fc.property(messageOf(shape), (message) => {
        if (hostileContent(message, MAX_DEPTH)) return !accepts?.(message);
        const issues = explain(shape, message);
        seen[issues.length === 0 ? 'accepted' : 'refused'] += 1;
        const theirs = acceptedByClassValidator(dto, message);
        const explained = theirs
          ? issues.every(({ constraint }) => OUR_OWN.has(constraint))
          : issues.length > 0;
        return accepts?.(message) === (issues.length === 0) && explained;
      });
      // Deep classes are seldom right by chance: go on until both verdicts have been seen.
      for (let round = 0; round < 200; round += 1) {
        fc.assert(verdicts, { numRuns: 300 });
        if (seen.accepted > 0 && seen.refused > 0) break;
      }

      expect(seen.accepted).toBeGreaterThan(0);
      expect(seen.refused).toBeGreaterThan(0);
    },
  );
});
