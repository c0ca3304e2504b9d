import { Inject, Injectable, Optional } from '@nestjs/common';

import { type Environment } from '../config/environment.js';
import { GitConfig } from '../config/sections/index.js';
import { noteEngine, notePart, tracedOwner } from '../observability/operation-trace.js';
import { Deadline } from '../resilience/deadline.js';
import { ResourceLedger } from '../resources/resource.ledger.js';
import { ServerError } from '../shared/errors/index.js';
import { answers } from './cli/askpass.js';
import { authorIdentity } from './cli/author-identity.js';
import { commandLine, type CommandLine } from './cli/command-line.js';
import { type CommandRule } from './cli/command-rule.js';
import { gitEnvironment, type LayeredEnvironment } from './cli/git-environment.js';
import { RepositoryConfigInspector } from './cli/repository-config.inspector.js';
import { runProcess, type StartedProcess } from './cli/run-process.js';
import { signing } from './cli/signing.js';
import { parentDeathGuard } from './cli/parent-death-guard.js';
import { SERVER_ENVIRONMENT } from './cli/server-environment.js';
import { spawnFailure } from './cli/spawn-failure.js';
import { type GitCli, type GitCommand, type GitResult, type GitRunOptions } from './git-cli.port.js';
import { GitSpawner } from './git-spawner.host.js';
import { GitFolderLinks } from './paths/git-folder-links.js';
import { refused } from './refusal.js';
import { type Repository } from './repository.js';
import { startProcess } from './spawner/start-process.js';
import { UNINTERRUPTED } from './writes/uninterrupted.js';

const LIST_CONFIG = ['--list', '--null'];
const MAX_CONFIG_BYTES = 4 * 2 ** 20;

interface Job {
  readonly line: CommandLine;
  readonly env: LayeredEnvironment;
  readonly folder: string;
  readonly stdin: string | Buffer | Promise<string> | undefined;
  readonly options: GitRunOptions;
  /** No program but git is started, whatever the repository says. */
  readonly alone: boolean;
}

/**
 * The one place that starts git. What it starts has no shell, no configuration and no environment but ours, no way to
 * run a program that the repository names, a deadline, and an end: when a promise of this class settles, nobody of
 * the process group runs any more.
 */
@Injectable()
export class GitCliRunner implements GitCli {
  constructor(
    private readonly config: GitConfig,
    private readonly inspector: RepositoryConfigInspector,
    @Inject(SERVER_ENVIRONMENT) private readonly server: Environment,
    private readonly links: GitFolderLinks,
    private readonly resources: ResourceLedger,
    @Optional() private readonly spawner?: GitSpawner,
  ) {}

  async run(
    repository: Repository,
    command: GitCommand,
    signal: AbortSignal,
    options: GitRunOptions = {},
  ): Promise<GitResult> {
    // It may fail before git is there to be given it.
    options.input?.catch(() => undefined);
    const line = commandLine(command, repository.trust, options);
    const { rule } = line;
    if (rule.access === 'write') this.links.refuseOutside(repository);
    const list = (options: readonly string[]) => this.listConfig(repository, options, signal);
    const { findings, seen } = await this.inspector.inspect(repository, rule.network, list);
    const { overrides, identity, hooksPath } = findings;
    const author = rule.access === 'write' ? authorIdentity(identity, this.config.identity) : {};
    const folder = repository.path;
    const env = gitEnvironment(this.server, {
      rule,
      repository,
      folder,
      overrides,
      hooksPath,
      options,
      identity: author,
      ...(this.signs(rule, options) && { signing: signing(this.config.signing, this.server) }),
    });
    const alone = rule.access === 'read' && !rule.network && repository.trust === 'untrusted';
    const job = { line, env, folder, stdin: options.input ?? command.stdin, options, alone };
    const result = await this.execute(job, signal);
    const again = (more: readonly string[]) => this.listConfig(repository, more, UNINTERRUPTED);
    await this.inspector.requireNothingNew(repository, seen, overrides, again);
    return result;
  }

  async runIn(
    folder: string,
    command: GitCommand,
    signal: AbortSignal,
    options: GitRunOptions = {},
  ): Promise<GitResult> {
    const line = commandLine(command);
    const env = gitEnvironment(this.server, { rule: line.rule, folder, overrides: [], options });
    return this.execute({ line, env, folder, stdin: command.stdin, options, alone: false }, signal);
  }

  private signs(rule: CommandRule, { sign }: GitRunOptions): boolean {
    const { policy } = this.config.signing;
    return rule.signs && policy !== 'off' && (sign ?? policy === 'require');
  }

  private async listConfig(
    repository: Repository,
    more: readonly string[],
    signal: AbortSignal,
  ): Promise<string> {
    const line = commandLine({ name: 'config', options: [...LIST_CONFIG, ...more] });
    const options = { maxOutputBytes: MAX_CONFIG_BYTES };
    const folder = repository.path;
    const env = gitEnvironment(this.server, {
      rule: line.rule,
      repository,
      folder,
      overrides: [],
      options: {},
    });
    // Only the repository's own: the settings given through the environment would be listed as well.
    const job = {
      line,
      env: { ...env, own: { ...env.own, GIT_CONFIG_COUNT: '0', GIT_CONFIG_PARAMETERS: '' } },
      folder,
      stdin: undefined,
      options,
      alone: true,
    };
    const { exitCode, stdout, truncated } = await this.execute(job, signal);
    if (exitCode === 0 && !truncated) return stdout;
    const message = "The repository's configuration cannot be read; repair its config file first";
    throw new ServerError('untrusted_config', message, {
      details: { reason: 'unreadable', exit_code: exitCode },
    });
  }

  private async execute(job: Job, signal: AbortSignal): Promise<GitResult> {
    noteEngine('git');
    const { rule } = job.line;
    const timeoutMs =
      job.options.timeoutMs ?? (rule.network ? this.config.networkTimeout : this.config.timeout);
    const deadline = new Deadline(timeoutMs, signal);
    const { name } = job.line;
    const resource = this.resources.acquire({
      type: 'git-process',
      label: `git ${name}`,
      owner: tracedOwner() ?? 'git',
    });
    const since = performance.now();
    const request = {
      stdin: job.stdin,
      maxOutputBytes: job.options.maxOutputBytes ?? this.config.maxOutputBytes,
      endAtCap: rule.access === 'read',
      partLimit: job.options.partLimit,
      rawOutput: job.options.rawOutput,
      onStdout: job.options.onStdout,
      graceMs: this.config.killGrace,
      onStderrLine: job.options.onStderrLine,
    };
    try {
      return unlessGuardFailed(await runProcess(() => this.start(job), request, deadline.signal));
    } catch (error) {
      // An outer deadline gives its own reason, which says more than that somebody cancelled.
      if (error === deadline.signal.reason && signal.reason instanceof ServerError) throw signal.reason;
      throw spawnFailure(error, job.folder);
    } finally {
      notePart('engine', performance.now() - since);
      this.resources.release(resource);
      deadline.dispose();
    }
  }

  private start({ line, env, folder, stdin, options, alone }: Job): StartedProcess {
    const [program = '', ...args] = [...this.prefix(line), this.config.binary, ...line.args];
    const credential = line.rule.network ? options.remote?.credential : undefined;
    const request = {
      program,
      args,
      cwd: folder,
      env,
      input: stdin !== undefined,
      answers: credential && answers(credential),
      yields: line.rule.access === 'read' && !line.rule.network,
    };
    return this.spawner?.ready ? this.spawner.start(request, alone) : startProcess(request);
  }

  /**
   * A group of its own outlives a killed server, so what writes is ended by the kernel when its parent dies. Readers
   * end by themselves at their closed pipe, and are not charged the millisecond that this costs.
   */
  private prefix({ rule }: CommandLine): readonly string[] {
    if (rule.access === 'read') return [];
    return parentDeathGuard(this.server['PATH']);
  }
}

/** The guard starts even where git does not, and says so with the code that shells use for it. */
function unlessGuardFailed(result: GitResult): GitResult {
  if (result.exitCode !== 127 || !result.stderr.startsWith('setpriv:')) return result;
  const message = 'git could not be started; check the setting git.binary';
  throw refused('ENOENT', message);
}
