import { Inject, Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';

import { MetricsRegistry } from '../../observability/metrics.registry.js';
import { type WorkerOperationName, type WorkerOperations } from '../libgit2/worker.protocol.js';
import { Libgit2WorkerPool } from '../libgit2-worker.pool.js';
import { type Repository } from '../repository.js';

/** The fast engine. It answers what it answers as git does, and says so where it cannot. */
@Injectable()
export class Libgit2Reads {
  private readonly reads: Counter<'operation' | 'outcome'>;

  constructor(
    private readonly pool: Libgit2WorkerPool,
    @Inject(MetricsRegistry) registry: MetricsRegistry,
  ) {
    this.reads = new Counter({
      name: 'mcp_git_libgit2_reads_total',
      help: 'Reads given to libgit2, by outcome: answered, or why git was asked instead',
      labelNames: ['operation', 'outcome'],
      registers: [registry],
    });
  }

  /**
   * @returns `undefined` where git is to be asked
   * @throws ServerError `operation_timeout` | `operation_cancelled` | `temporary_resource_unavailable`
   */
  async ask<Name extends WorkerOperationName>(
    repository: Repository,
    operation: Name,
    args: WorkerOperations[Name]['args'],
    signal: AbortSignal,
  ): Promise<WorkerOperations[Name]['answer'] | undefined> {
    if (!isPlainRepository(repository)) return this.count(operation, 'repository-format');
    if (this.pool.unavailable) return this.count(operation, 'no-worker');
    const { path, gitDir, commonDir, bare } = repository;
    const reply = await this.pool.run(operation, { path, gitDir, commonDir, bare }, args, signal);
    if ('unsuited' in reply) return this.count(operation, reply.unsuited);
    this.count(operation, 'answered');
    return reply.answer;
  }

  /** Whoever asks now need not wait. */
  get idle(): boolean {
    return this.pool.idle;
  }

  /** As `ask`, where one can be asked at once. */
  async askIfIdle<Name extends WorkerOperationName>(
    repository: Repository,
    operation: Name,
    args: WorkerOperations[Name]['args'],
    signal: AbortSignal,
  ): Promise<WorkerOperations[Name]['answer'] | undefined> {
    return this.idle ? this.ask(repository, operation, args, signal) : undefined;
  }

  private count(operation: string, outcome: string): undefined {
    this.reads.inc({ operation, outcome });
  }
}

/** Of the formats that libgit2 can read. */
export function isPlainRepository({ objectFormat, refFormat }: Repository): boolean {
  return objectFormat === 'sha1' && refFormat === 'files';
}
