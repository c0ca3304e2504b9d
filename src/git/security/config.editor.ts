import { Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { configEntries } from '../cli/config-entries.js';
import { type PlannedChange, planned } from '../planned-change.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { faultOf, INERT_KEYS_HINT, inertKey } from './inert-keys.js';

export interface ConfigValue {
  readonly key: string;
  readonly value: string;
}

export interface ConfigListing {
  readonly values: readonly ConfigValue[];
  /** Keys that are set and not shown, since they are not among the inert ones. */
  readonly others: number;
}

const LIST = { name: 'config', options: ['--list', '--null', '--local', '--no-includes'] };

/** Reads and writes those keys of a repository's own configuration that cannot make git do anything else. */
@Injectable()
export class ConfigEditor {
  constructor(private readonly commands: WriteCommands) {}

  async list(repository: Repository, signal: AbortSignal): Promise<ConfigListing> {
    const entries = configEntries((await this.commands.must(repository, LIST, signal)).stdout);
    const values = entries.filter(({ key }) => inertKey(key) !== undefined);
    return {
      values: values.map(({ key, value }) => ({ key, value })),
      others: entries.length - values.length,
    };
  }

  /** @returns the value that counts, `null` where there is none */
  async get(repository: Repository, asked: string, signal: AbortSignal): Promise<ConfigValue | null> {
    const key = allowed(asked);
    const { values } = await this.list(repository, signal);
    return values.findLast((one) => one.key === key) ?? null;
  }

  /**
   * @param value `null` removes the key
   * @throws ServerError `forbidden` with `details.reason: 'key-not-allowed'`; `validation_failed` for a value that the
   *   key does not take; `operation_failed` with `details.reason: 'not-set'`
   */
  async change(
    repository: Repository,
    asked: string,
    value: string | null,
    signal: AbortSignal,
  ): Promise<PlannedChange> {
    const key = allowed(asked);
    const takes = value === null ? undefined : faultOf(key, value);
    if (takes !== undefined) throw wrongValue(takes);
    const from = (await this.get(repository, key, signal))?.value ?? null;
    if (value === null && from === null) throw notSet();
    const action = value === null ? 'unset' : 'set';
    const command = {
      name: 'config setting',
      options: ['--local', value === null ? '--unset-all' : '--replace-all'],
      revisions: [key, ...(value === null ? [] : [value])],
    };
    return planned([{ action, subject: key, from, to: value }], (aborted) =>
      this.commands.must(repository, command, aborted),
    );
  }
}

function allowed(asked: string): string {
  const key = inertKey(asked);
  if (key !== undefined) return key;
  const message = `Only keys that can run nothing and lead nowhere are read and written: ${INERT_KEYS_HINT}. git_security_validate tells what the others do`;
  throw new ServerError('forbidden', message, { details: { reason: 'key-not-allowed' } });
}

function wrongValue(takes: string): ServerError {
  const details = [{ path: 'arguments.value', constraint: 'fitsKey', message: `the key takes ${takes}` }];
  return new ServerError('validation_failed', 'The key does not take that value; details say which', {
    details,
  });
}

function notSet(): ServerError {
  return refused('not-set', 'The repository does not set that key');
}
