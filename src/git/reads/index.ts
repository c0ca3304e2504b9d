import { type Provider } from '@nestjs/common';

import { GIT_READS } from '../git-reads.port.js';
import { Libgit2WorkerPool } from '../libgit2-worker.pool.js';
import { ObjectCache } from '../object-cache.js';
import { BranchReader } from './branch.reader.js';
import { CliReads } from './cli.reads.js';
import { DiffReader } from './diff.reader.js';
import { FileReader } from './file.reader.js';
import { GitReadsService } from './git-reads.service.js';
import { HeadReader } from './head.reader.js';
import { HistoryReader } from './history.reader.js';
import { IdAnswers } from './id-answers.service.js';
import { IndexCopies } from './index-copies.service.js';
import { Libgit2Reads } from './libgit2.reads.js';
import { OperationProgressReader } from './operation-progress.reader.js';
import { RevisionResolver } from './revision.resolver.js';
import { StatusMemory } from './status-memory.service.js';
import { TagReader } from './tag.reader.js';
import { TreeReader } from './tree.reader.js';

/** What is read besides the questions of GIT_READS. */
export const CONTENT_READERS = [FileReader, HeadReader, OperationProgressReader, TagReader, TreeReader];

/** All that the reads consist of. They need GIT_CLI and the configuration; export GIT_READS and, for health, the pool. */
export const GIT_READ_PROVIDERS: Provider[] = [
  Libgit2WorkerPool,
  ObjectCache,
  CliReads,
  IndexCopies,
  Libgit2Reads,
  IdAnswers,
  RevisionResolver,
  BranchReader,
  DiffReader,
  GitReadsService,
  HistoryReader,
  StatusMemory,
  ...CONTENT_READERS,
  { provide: GIT_READS, useExisting: GitReadsService },
];
