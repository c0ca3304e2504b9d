// What validation costs a message, beside none and beside class-validator alone, and what the cache of verdicts saves:
// microseconds each, median of the rounds.
// Accepted messages never reach the cache; a column shows what looking them up there would have cost instead.
//
//   npm run build && node bench/validation.mjs [rounds]
import 'reflect-metadata';

import { Logger } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';

import { ValidationConfig } from '../dist/config/sections/index.js';
import { PingMessage } from '../dist/gateway/messages/ping.dto.js';
import { ToolsCallMessage } from '../dist/gateway/messages/tools.dto.js';
import { GitLogInput } from '../dist/tools/git/git-log.input.js';
import { systemClock } from '../dist/shared/clock.js';
import { MessageValidator } from '../dist/validation/message-validator.service.js';
import { median } from './support/processes.mjs';
import { noteRow } from './support/results.mjs';
import { verdictKey } from '../dist/validation/verdict-key.js';

const ROUNDS = Number(process.argv[2] ?? 9);
const repeats = 20_000;
Logger.overrideLogger(false);

const call = {
  type: 'tools/call',
  id: 'c-1',
  params: { name: 'git_log', arguments: { repo_path: '/repos/one', max_count: 5 } },
};
const CASES = [
  { name: 'ping, accepted', dto: PingMessage, message: { type: 'ping', id: 'test_123' } },
  { name: 'tools/call, accepted', dto: ToolsCallMessage, message: call },
  { name: 'git_log arguments, accepted', dto: GitLogInput, message: call.params.arguments },
  { name: 'ping, numeric id, lenient', dto: PingMessage, message: { type: 'ping', id: 7 } },
  { name: 'ping without id, refused', dto: PingMessage, message: { type: 'ping' } },
  { name: 'tools/call, refused', dto: ToolsCallMessage, message: { ...call, params: { name: 5 } } },
  {
    name: 'git_log arguments, refused',
    dto: GitLogInput,
    message: { repo_path: '/repos/one', max_count: -1 },
  },
];

const cached = validator(true);
const uncached = validator(false);
const remembered = new Map();
console.table(CASES.map(measureCase));

function measureCase({ name, dto, message }) {
  const text = JSON.stringify(message);
  remembered.set(verdictKey('0', message, true), []);
  const rounds = measureRounds({
    withCache: () => cached.validate(dto, message, 'bench'),
    without: () => uncached.validate(dto, message, 'bench'),
    classValidator: () =>
      validateSync(plainToInstance(dto, message), { whitelist: true, forbidNonWhitelisted: true }),
    lookup: () => remembered.get(verdictKey('0', message, true)),
    parsed: () => JSON.parse(text),
    parsedAndValidated: () => uncached.validate(dto, JSON.parse(text), 'bench'),
  });
  noteRow(
    name,
    'class-validator',
    rounds.map(({ classValidator, without }) => classValidator / without),
  );
  noteRow(
    `messages a second: ${name}`,
    'JSON.parse alone',
    rounds.map(({ parsed, parsedAndValidated }) => parsed / parsedAndValidated),
  );
  const typical = (key) => rounded(median(rounds.map((round) => round[key])));
  return {
    message: name,
    'JSON.parse alone': typical('parsed'),
    'and ours, no cache': typical('parsedAndValidated'),
    'class-validator alone': typical('classValidator'),
    'ours, no cache': typical('without'),
    'ours, cache': typical('withCache'),
    'key and lookup alone': typical('lookup'),
    'cache saves': `${median(rounds.map(({ without, withCache }) => without / withCache)).toFixed(1)}x`,
  };
}

function validator(enabled) {
  const config = new ValidationConfig();
  config.cache.enabled = enabled;
  return new MessageValidator(config, systemClock);
}

/** @returns for each round the microseconds that each of these took */
function measureRounds(runs) {
  const rounds = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    rounds.push(Object.fromEntries(Object.entries(runs).map(([name, run]) => [name, measureRun(run)])));
  }
  // The first round warms up.
  return rounds.slice(1);
}

function measureRun(run) {
  const startedAt = process.hrtime.bigint();
  for (let count = 0; count < repeats; count += 1) run();
  return Number(process.hrtime.bigint() - startedAt) / 1_000 / repeats;
}

function rounded(microseconds) {
  return Number(microseconds.toFixed(2));
}
