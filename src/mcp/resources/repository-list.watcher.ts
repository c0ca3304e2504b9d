import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';

import { McpConfig } from '../../config/sections/index.js';
import { RepositoryDiscovery } from '../../git/paths/repository.discovery.js';
import { type Repository } from '../../git/repository.js';
import { CLOCK, type Clock } from '../../shared/clock.js';
import { ListChanges } from '../core/list-changes.service.js';

/** Looking through the folders below the roots may take at most this share of the time. */
const LOOKING_SHARE = 0.02;

/**
 * Tells clients that there are other resources than in the list they were given, because a repository has come or gone.
 * Nobody looks before a client has asked for the list, nor after the last one has left.
 */
@Injectable()
export class RepositoryListWatcher implements OnModuleDestroy {
  private readonly logger = new Logger(RepositoryListWatcher.name);
  private readonly ended = new AbortController();
  private told: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private looking = false;
  private restUntilMs = 0;

  constructor(
    private readonly discovery: RepositoryDiscovery,
    private readonly changes: ListChanges,
    private readonly config: McpConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** A client was given the list of these; from now on it may be out of date. */
  listed(repositories: readonly Repository[]): void {
    if (this.ended.signal.aborted) return;
    // Others may have been given an older list, of which they are still to be told.
    this.told ??= listOf(repositories);
    this.timer ??= setInterval(() => void this.look(), this.config.watchInterval);
  }

  onModuleDestroy(): void {
    this.ended.abort();
    this.stop();
  }

  private async look(): Promise<void> {
    if (!this.changes.listened) return this.stop();
    const sinceMs = this.clock.monotonicMs();
    if (this.looking || sinceMs < this.restUntilMs) return;
    this.looking = true;
    try {
      const list = listOf(await this.discovery.search(this.ended.signal));
      const differs = this.told !== undefined && list !== this.told;
      this.told = list;
      if (differs) this.changes.resourcesChanged();
    } catch (error) {
      if (!this.ended.signal.aborted)
        this.logger.warn('The repositories below the roots could not be looked at', { err: error });
    } finally {
      this.looking = false;
      const nowMs = this.clock.monotonicMs();
      this.restUntilMs = nowMs + (nowMs - sinceMs) / LOOKING_SHARE;
    }
  }

  private stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.told = undefined;
  }
}

/** What the list depends on: a bare repository has fewer resources. */
function listOf(repositories: readonly Repository[]): string {
  return repositories.map(({ path, bare }) => `${path}\0${bare}`).join('\0');
}
