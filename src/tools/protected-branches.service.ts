import { Injectable } from '@nestjs/common';

import { ToolsConfig } from '../config/sections/index.js';
import { HeadReader } from '../git/reads/head.reader.js';
import { type Repository } from '../git/repository.js';

/** The branches of `tools.protectedBranches`. */
@Injectable()
export class ProtectedBranches {
  private readonly patterns: readonly RegExp[];

  constructor(
    { protectedBranches }: ToolsConfig,
    private readonly heads: HeadReader,
  ) {
    this.patterns = protectedBranches.map(patternOf);
  }

  includes(branch: string): boolean {
    return this.patterns.some((pattern) => pattern.test(branch));
  }

  /** The branch that HEAD is on, `null` where it is detached. */
  async current(repository: Repository, signal: AbortSignal): Promise<string | null> {
    return (await this.heads.head(repository, signal)).branch;
  }

  /** @returns the branch that HEAD is on where that one is protected */
  async currentIfProtected(repository: Repository, signal: AbortSignal): Promise<string | undefined> {
    const branch = await this.current(repository, signal);
    return branch !== null && this.includes(branch) ? branch : undefined;
  }
}

function patternOf(written: string): RegExp {
  const parts = written.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('[^/]*')}$`, 'u');
}
