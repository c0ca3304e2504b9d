import { GitConfig } from '../../src/config/sections/index.js';
import { RepositoryConfigInspector } from '../../src/git/cli/repository-config.inspector.js';
import { GitCliRunner } from '../../src/git/git-cli.runner.js';
import { GitFolderLinks } from '../../src/git/paths/git-folder-links.js';
import { Libgit2WorkerPool } from '../../src/git/libgit2-worker.pool.js';
import { ObjectCache } from '../../src/git/object-cache.js';
import { BranchReader } from '../../src/git/reads/branch.reader.js';
import { CliReads } from '../../src/git/reads/cli.reads.js';
import { DiffReader } from '../../src/git/reads/diff.reader.js';
import { HeadReader } from '../../src/git/reads/head.reader.js';
import { OperationProgressReader } from '../../src/git/reads/operation-progress.reader.js';
import { GitReadsService } from '../../src/git/reads/git-reads.service.js';
import { IdAnswers } from '../../src/git/reads/id-answers.service.js';
import { IndexCopies } from '../../src/git/reads/index-copies.service.js';
import { Libgit2Reads } from '../../src/git/reads/libgit2.reads.js';
import { RevisionResolver } from '../../src/git/reads/revision.resolver.js';
import { StatusMemory } from '../../src/git/reads/status-memory.service.js';
import { TemporaryFolders } from '../../src/git/temporary-folders.js';
import { MetricsRegistry } from '../../src/observability/metrics.registry.js';
import { ResourceLedger } from '../../src/resources/resource.ledger.js';
import { type Clock, systemClock } from '../../src/shared/clock.js';

/** Both engines and the service above them, put together as the module does it. */
export class GitReadsHarness {
  readonly metrics = new MetricsRegistry();
  readonly pool: Libgit2WorkerPool;
  readonly cache: ObjectCache;
  readonly copies: IndexCopies;
  readonly cli: CliReads;
  readonly libgit2: Libgit2Reads;
  readonly revisions: RevisionResolver;
  readonly reads: GitReadsService;

  constructor(
    readonly config: GitConfig = new GitConfig(),
    clock: Clock = systemClock,
  ) {
    const { PATH } = process.env;
    const resources = new ResourceLedger(systemClock);
    const runner = new GitCliRunner(
      config,
      new RepositoryConfigInspector(systemClock, config),
      { PATH },
      new GitFolderLinks(config),
      resources,
    );
    this.pool = new Libgit2WorkerPool(config, resources);
    this.cache = new ObjectCache(config, this.metrics);
    this.copies = new IndexCopies(runner, clock, new TemporaryFolders(resources));
    this.cli = new CliReads(runner, config, this.copies);
    this.libgit2 = new Libgit2Reads(this.pool, this.metrics);
    this.revisions = new RevisionResolver(this.libgit2, this.cli, this.cache);
    const answers = new IdAnswers(this.libgit2, this.cli, this.cache, config);
    const branches = new BranchReader(this.libgit2, this.cli, this.cache, this.revisions);
    const diffs = new DiffReader(this.revisions, answers, this.libgit2, this.cli, config);
    const operations = new OperationProgressReader(runner, new HeadReader(runner));
    const statuses = new StatusMemory(this.libgit2, systemClock);
    this.reads = new GitReadsService(
      this.revisions,
      answers,
      diffs,
      branches,
      this.cli,
      operations,
      statuses,
    );
  }

  /** How often libgit2 answered, and why it did not. */
  async outcomes(): Promise<Record<string, number>> {
    const metric = await this.metrics.getSingleMetric('mcp_git_libgit2_reads_total')?.get();
    const entries = metric?.values.map(({ labels, value }) => [
      `${labels['operation']} ${labels['outcome']}`,
      value,
    ]);
    return Object.fromEntries(entries ?? []) as Record<string, number>;
  }

  async close(): Promise<void> {
    await this.copies.onApplicationShutdown();
    await this.pool.onApplicationShutdown();
  }
}
