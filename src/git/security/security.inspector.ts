import { Injectable } from '@nestjs/common';

import { type Repository } from '../repository.js';
import { findingsOfConfig } from './config.findings.js';
import { ConfigReader } from './config.reader.js';
import { ContentFindings } from './content.findings.js';
import { type SecurityFinding } from './finding.js';
import { FolderFindings } from './folder.findings.js';

/** Says what in a repository would run, lead elsewhere or leak, and what becomes of it here. Runs none of it. */
@Injectable()
export class SecurityInspector {
  constructor(
    private readonly reader: ConfigReader,
    private readonly folders: FolderFindings,
    private readonly contents: ContentFindings,
  ) {}

  async inspect(repository: Repository, signal: AbortSignal): Promise<readonly SecurityFinding[]> {
    const entries = await this.reader.own(repository, signal);
    return [
      ...findingsOfConfig(entries, repository.trust),
      ...this.folders.find(repository),
      ...(await this.contents.find(repository, entries, signal)),
    ];
  }
}
