import { GitConfig } from '../../dist/config/sections/index.js';
import { RepositoryConfigInspector } from '../../dist/git/cli/repository-config.inspector.js';
import { GitCliRunner } from '../../dist/git/git-cli.runner.js';
import { GitSpawner } from '../../dist/git/git-spawner.host.js';
import { ConflictReader } from '../../dist/git/conflicts/conflict.reader.js';
import { BlameReader } from '../../dist/git/history/blame.reader.js';
import { BlobReader } from '../../dist/git/history/blob.reader.js';
import { CoChangeReader } from '../../dist/git/history/co-change.reader.js';
import { HunkReader } from '../../dist/git/hunks/hunk.reader.js';
import { AncestryReader } from '../../dist/git/inspect/ancestry.reader.js';
import { ContributorsReader } from '../../dist/git/inspect/contributors.reader.js';
import { DescribeReader } from '../../dist/git/inspect/describe.reader.js';
import { FsckReader } from '../../dist/git/inspect/fsck.reader.js';
import { GrepReader } from '../../dist/git/inspect/grep.reader.js';
import { IndexListing } from '../../dist/git/inspect/index-listing.reader.js';
import { MergeTreeReader } from '../../dist/git/inspect/merge-tree.reader.js';
import { RefLister } from '../../dist/git/inspect/ref.lister.js';
import { ReflogReader } from '../../dist/git/inspect/reflog.reader.js';
import { RefusedSettings } from '../../dist/git/inspect/refused-settings.js';
import { RevisionInspector } from '../../dist/git/inspect/revision.inspector.js';
import { SeriesReader } from '../../dist/git/inspect/series.reader.js';
import { TrackedFolders } from '../../dist/git/inspect/tracked-folders.js';
import { TreeishResolver } from '../../dist/git/inspect/treeish.resolver.js';
import { TreeLister } from '../../dist/git/inspect/tree.lister.js';
import { Libgit2WorkerPool } from '../../dist/git/libgit2-worker.pool.js';
import { NoteStore } from '../../dist/git/notes/note.store.js';
import { ObjectCache } from '../../dist/git/object-cache.js';
import { GitFolderLinks } from '../../dist/git/paths/git-folder-links.js';
import { BranchReader } from '../../dist/git/reads/branch.reader.js';
import { CliReads } from '../../dist/git/reads/cli.reads.js';
import { DiffReader } from '../../dist/git/reads/diff.reader.js';
import { FileReader } from '../../dist/git/reads/file.reader.js';
import { GitReadsService } from '../../dist/git/reads/git-reads.service.js';
import { HeadReader } from '../../dist/git/reads/head.reader.js';
import { IdAnswers } from '../../dist/git/reads/id-answers.service.js';
import { IndexCopies } from '../../dist/git/reads/index-copies.service.js';
import { Libgit2Reads } from '../../dist/git/reads/libgit2.reads.js';
import { OperationProgressReader } from '../../dist/git/reads/operation-progress.reader.js';
import { RevisionResolver } from '../../dist/git/reads/revision.resolver.js';
import { StatusMemory } from '../../dist/git/reads/status-memory.service.js';
import { TreeReader } from '../../dist/git/reads/tree.reader.js';
import { TagLister } from '../../dist/git/refs/tag.lister.js';
import { TemporaryFolders } from '../../dist/git/temporary-folders.js';
import { SubmoduleLister } from '../../dist/git/submodules/submodule.lister.js';
import { StashReader } from '../../dist/git/work-tree/stash.reader.js';
import { WorktreeLister } from '../../dist/git/worktrees/worktree.lister.js';
import { RepositoryState } from '../../dist/git/writes/repository-state.service.js';
import { MetricsRegistry } from '../../dist/observability/metrics.registry.js';
import { ResourceLedger } from '../../dist/resources/resource.ledger.js';
import { systemClock } from '../../dist/shared/clock.js';

/** The readers with the processes that they need, until `stop`. */
export async function startEngines() {
  const engines = createEngines();
  engines.pool.onApplicationBootstrap();
  await engines.spawner.begin();
  const stop = async () => {
    for (const part of [engines.spawner, engines.copies, engines.pool]) await part.onApplicationShutdown();
  };
  return { ...engines, stop };
}

/** Put together as the module does it. */
function createEngines() {
  const config = new GitConfig();
  const metrics = new MetricsRegistry();
  const resources = new ResourceLedger(systemClock);
  const inspector = new RepositoryConfigInspector(systemClock, config);
  const server = { PATH: process.env.PATH };
  const spawner = new GitSpawner(resources);
  const links = new GitFolderLinks(config);
  const runner = new GitCliRunner(config, inspector, server, links, resources, spawner);
  const pool = new Libgit2WorkerPool(config, resources);
  const folders = new TemporaryFolders(resources);
  const copies = new IndexCopies(runner, systemClock, folders);
  const cache = new ObjectCache(config, metrics);
  const cli = new CliReads(runner, config, copies);
  const libgit2 = new Libgit2Reads(pool, metrics);
  const revisions = new RevisionResolver(libgit2, cli, cache);
  const answers = new IdAnswers(libgit2, cli, cache, config);
  const branches = new BranchReader(libgit2, cli, cache, revisions);
  const diffs = new DiffReader(revisions, answers, libgit2, cli, config);
  const trees = new TreeReader(runner, libgit2, revisions, cache, config);
  const files = new FileReader(runner, trees, cache);
  const state = new RepositoryState(runner);
  const refs = new RefLister(state);
  const names = new RevisionInspector(runner, refs, cli);
  const treeish = new TreeishResolver(revisions, names, state);
  const operations = new OperationProgressReader(runner, new HeadReader(runner));
  const statuses = new StatusMemory(libgit2, systemClock);
  return {
    reads: new GitReadsService(revisions, answers, diffs, branches, cli, operations, statuses),
    blame: new BlameReader(runner, revisions, files, cache),
    blobs: new BlobReader(runner, trees, cache, config),
    coChange: new CoChangeReader(runner, revisions, cache),
    treeLists: new TreeLister(runner, trees, treeish, cache),
    ancestry: new AncestryReader(runner, revisions, answers, cache),
    contributors: new ContributorsReader(runner, revisions, cache),
    inspect: {
      refs,
      names,
      index: new IndexListing(state),
      reflogs: new ReflogReader(runner, names),
      descriptions: new DescribeReader(runner, revisions),
      greps: new GrepReader(runner, state, treeish, new TrackedFolders(state, systemClock), libgit2, cache),
      series: new SeriesReader(
        runner,
        revisions,
        answers,
        new RefusedSettings(state, systemClock),
        libgit2,
        cache,
      ),
      merges: new MergeTreeReader(runner, revisions, answers, state, folders, cache),
      tags: new TagLister(state),
      stashes: new StashReader(state, cli),
      checks: new FsckReader(runner, new RefusedSettings(state, systemClock)),
      // Without what only changes need, and what only is asked where there are submodules.
      notes: new NoteStore(runner, state),
      submodules: new SubmoduleLister(state, runner),
      conflicts: new ConflictReader(runner, state),
      hunks: new HunkReader(runner, state),
      worktrees: new WorktreeLister(config, state),
    },
    pool,
    spawner,
    copies,
    cache,
    metrics,
  };
}
