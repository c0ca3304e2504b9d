import { stringify } from 'yaml';

import { ADMIN_TOKEN_VARIABLE } from '../../config/environment.source.js';
import { processEnvironment } from '../../config/environment.js';
import type { CommandLine } from '../command-line.js';
import { EXIT } from '../exit-codes.js';
import { configOf } from '../line-config.js';
import { UsageError } from '../usage.error.js';
import { AdminApi, urlOf } from './admin-api.js';
import { type CureCall, CURES } from './cures.js';

/**
 * Makes one admin call and prints the answer, as YAML or with --json as JSON.
 *
 * @throws UsageError where there is no such command; Error where no server answers, or it refuses
 */
export async function runOperator(line: CommandLine): Promise<void> {
  const { method, path, body } = callOf(line);
  const answer = await adminApiOf(line).call<object>(method, path, body);
  const text = line.options.json === true ? `${JSON.stringify(answer, undefined, 2)}\n` : stringify(answer);
  process.stdout.write(text);
  if ('recovered' in answer && answer.recovered === false) process.exitCode = EXIT.failed;
}

/** The server that --url names, or that this configuration starts. */
export function adminApiOf(line: CommandLine): AdminApi {
  const token = processEnvironment()[ADMIN_TOKEN_VARIABLE];
  const { url } = line.options;
  if (url !== undefined) return new AdminApi(checkedUrl(url), token);
  return new AdminApi(urlOf(configOf(line).config.server), token);
}

function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^(https?|wss?):$/.test(url.protocol)) return url.href.replace(/^ws/, 'http').replace(/\/$/, '');
  throw new UsageError('--url expects the address of a server, for example http://127.0.0.1:8080');
}

/** @throws UsageError where there is no such command */
export function callOf({ command, words, options }: CommandLine): CureCall {
  const typed = [command, ...words];
  const ofCommand = CURES.filter((cure) => cure.words.split(' ')[0] === command);
  const cure = ofCommand.find((one) => matches(one.words.split(' '), typed));
  if (cure) return cure.call(given(cure.words.split(' '), typed), options);
  const known = ofCommand.map((one) => `mcp-git-server ${one.words}`).join('\n  ');
  throw new UsageError(`${typed.join(' ')} is not a command; there are\n  ${known}`);
}

function matches(pattern: readonly string[], typed: readonly string[]): boolean {
  return (
    pattern.length === typed.length && pattern.every((word, index) => isTaken(word) || word === typed[index])
  );
}

function given(pattern: readonly string[], typed: readonly string[]): readonly string[] {
  return typed.filter((_, index) => isTaken(pattern[index] ?? ''));
}

function isTaken(word: string): boolean {
  return /^[A-Z]+$/.test(word);
}
