import { join } from 'node:path';

import { Injectable } from '@nestjs/common';

import { type ConfigValues } from '../libgit2/config-file.js';
import { readConfigFile } from '../libgit2/repository-config.js';
import { Unsuited } from '../libgit2/unsuited.error.js';
import { entryKind } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';
import { ConfigReader } from '../security/config.reader.js';
import { dangerFacts, settingFacts } from './setting-facts.js';
import { type Facts } from './snapshot.js';

const WORK_TREE_FILE = 'config.worktree';

/** Reads the configuration that all work trees of a repository share, as far as tools change it. */
@Injectable()
export class SettingsReader {
  /** A file that looks the same is parsed once, and may have a section for each of thousands of branches. */
  private readonly known = new WeakMap<ConfigValues, Facts>();

  constructor(private readonly config: ConfigReader) {}

  async read({ commonDir }: Repository, signal: AbortSignal): Promise<Facts> {
    return this.facts(await this.values(join(commonDir, 'config'), signal));
  }

  /** What is dangerous in the file of the work tree alone. */
  async dangers({ gitDir }: Repository, signal: AbortSignal): Promise<Facts> {
    const file = join(gitDir, WORK_TREE_FILE);
    if (entryKind(file) !== 'file') return new Map();
    return dangerFacts(WORK_TREE_FILE, await this.values(file, signal));
  }

  private async values(file: string, signal: AbortSignal): Promise<ConfigValues> {
    try {
      return readConfigFile(file);
    } catch (error) {
      if (!(error instanceof Unsuited)) throw error;
      return this.ask(file, signal);
    }
  }

  private facts(config: ConfigValues): Facts {
    const known = this.known.get(config);
    if (known !== undefined) return known;
    const facts = settingFacts(config);
    this.known.set(config, facts);
    return facts;
  }

  /** What is rare in the file, git reads. */
  private async ask(file: string, signal: AbortSignal): Promise<ConfigValues> {
    const values = new Map<string, string[]>();
    for (const { key, value } of await this.config.file(file, signal)) {
      values.set(key, [...(values.get(key) ?? []), value]);
    }
    return values;
  }
}
