import { type AppConfig } from '../../config/app.config.js';
import { processEnvironment } from '../../config/environment.js';
import { type Check } from '../../diagnostics/check.js';
import { failed, type Judgement, ok, warning } from '../../diagnostics/finding.js';
import { RepositoryConfigInspector } from '../../git/cli/repository-config.inspector.js';
import { GitCliRunner } from '../../git/git-cli.runner.js';
import { Libgit2WorkerPool } from '../../git/libgit2-worker.pool.js';
import { GitFolderLinks } from '../../git/paths/git-folder-links.js';
import { ResourceLedger } from '../../resources/resource.ledger.js';
import { systemClock } from '../../shared/clock.js';
import { localCheck } from './local.check.js';

const START = "Server Won't Start";
/** What the hardened command line needs: `git log --end-of-options`, `merge-tree --write-tree`. */
const OLDEST_GIT = [2, 38] as const;

/** Whether both engines work here, found out by letting them. */
export function enginesChecks({ git }: AppConfig): readonly Check[] {
  return [
    localCheck('startup.git', START, 'git: its version and what it can do', (signal) =>
      judgeGit(git, signal),
    ),
    localCheck('startup.libgit2', START, 'libgit2: whether its native module loads', (signal) =>
      judgeLibgit2(git, signal),
    ),
  ];
}

async function judgeGit(git: AppConfig['git'], signal: AbortSignal): Promise<Judgement> {
  const inspector = new RepositoryConfigInspector(systemClock, git);
  const ledger = new ResourceLedger(systemClock);
  const runner = new GitCliRunner(git, inspector, processEnvironment(), new GitFolderLinks(git), ledger);
  const version = await runner.runIn('/', { name: 'version' }, signal).then(
    ({ stdout }) => stdout.replace('git version', '').trim(),
    () => undefined,
  );
  const figures = { binary: git.binary, version: version ?? null, oldest: OLDEST_GIT.join('.') };
  if (version === undefined) {
    return failed(`${git.binary} cannot be run`, figures, {
      cause: 'git is not installed, or git.binary names something else',
      cures: [
        { what: 'install it', command: 'apt-get install git' },
        { what: 'say where it is', setting: 'git.binary=/usr/bin/git' },
      ],
    });
  }
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST_GIT[0] || (major === OLDEST_GIT[0] && minor >= OLDEST_GIT[1]))
    return ok(`git ${version}`, figures);
  return warning(`git ${version} is old`, figures, {
    cause: `some tools need git ${figures.oldest} or later`,
    cures: [{ what: 'install a newer one', command: 'apt-get install git' }],
  });
}

async function judgeLibgit2(git: AppConfig['git'], signal: AbortSignal): Promise<Judgement> {
  const pool = new Libgit2WorkerPool(git, new ResourceLedger(systemClock));
  try {
    await pool.probe(signal);
    return ok('libgit2 loads and answers', { libgit2: 'works' });
  } catch (error) {
    return warning(
      'libgit2 does not load; git answers in its place, slower',
      { libgit2: 'failed' },
      {
        cause: error instanceof Error ? error.message : String(error),
        cures: [{ what: 'compile it for this machine', command: 'npm rebuild nodegit' }],
      },
    );
  } finally {
    await pool.onApplicationShutdown();
  }
}
