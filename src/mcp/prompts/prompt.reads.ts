import { Inject, Injectable } from '@nestjs/common';

import { GIT_READS, type GitReads } from '../../git/git-reads.port.js';
import { FileReader } from '../../git/reads/file.reader.js';
import { HistoryReader } from '../../git/reads/history.reader.js';
import { TagReader } from '../../git/reads/tag.reader.js';

/** Everything that prompts read with. */
@Injectable()
export class PromptReads {
  constructor(
    @Inject(GIT_READS) readonly questions: GitReads,
    readonly history: HistoryReader,
    readonly tags: TagReader,
    readonly files: FileReader,
  ) {}
}
