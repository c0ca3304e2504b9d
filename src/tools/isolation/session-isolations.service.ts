import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';

import {
  REPOSITORY_LOCATOR,
  REPOSITORY_LOCKS,
  type RepositoryLocator,
  type RepositoryLocks,
} from '../../git/repository-locks.port.js';
import { IsolationWriter } from '../../git/worktrees/isolation.writer.js';
import { UNINTERRUPTED } from '../../git/writes/uninterrupted.js';
import { type SessionIsolation } from '../../sessions/session-place.js';
import { SessionRegistry, type SessionListener } from '../../sessions/session.registry.js';
import { type Session } from '../../sessions/session.js';
import { ServerError } from '../../shared/errors/index.js';

/** Removes the work trees of sessions that are over; one with changes stays, and says why. */
@Injectable()
export class SessionIsolations implements SessionListener, OnApplicationShutdown {
  private readonly logger = new Logger(SessionIsolations.name);
  private readonly ending = new Set<Promise<void>>();

  constructor(
    sessions: SessionRegistry,
    private readonly writer: IsolationWriter,
    @Inject(REPOSITORY_LOCATOR) private readonly locator: RepositoryLocator,
    @Inject(REPOSITORY_LOCKS) private readonly locks: RepositoryLocks,
  ) {
    sessions.listen(this);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.ending);
  }

  sessionOpened(): void {}

  sessionClosed(session: Session): void {
    if (session.survives || session.isolations.length === 0) return;
    const ending = this.endAll(session.id, session.isolations).finally(() => this.ending.delete(ending));
    this.ending.add(ending);
  }

  private async endAll(owner: string, isolations: readonly SessionIsolation[]): Promise<void> {
    for (const isolation of isolations) {
      await this.end(owner, isolation).catch((err: unknown) => {
        this.logger.warn('A work tree of a session that is over stays', {
          session_id: owner,
          ...isolation,
          err,
        });
      });
    }
  }

  private async end(sessionId: string, { repository: at, path }: SessionIsolation): Promise<void> {
    const repository = await this.locator.locate(at, UNINTERRUPTED);
    const owner = { sessionId, requestId: 'end', tool: 'git_isolate' };
    const release = await this.locks.acquire(repository, owner, UNINTERRUPTED);
    try {
      const list = await this.writer.list(repository, UNINTERRUPTED);
      const isHere = list.some((isolation) => isolation.path === path && isolation.owner === sessionId);
      // It is finished, or another session has taken it over.
      if (!isHere) return;
      const change = await this.writer.finish(repository, path, { owner: sessionId }, UNINTERRUPTED);
      await change.apply(UNINTERRUPTED);
    } catch (error) {
      if (!holdsWork(error)) throw error;
      await this.writer.keep(repository, path, UNINTERRUPTED);
      this.logger.log('A work tree with uncommitted changes outlives its session', {
        session_id: sessionId,
        path,
      });
    } finally {
      release();
    }
  }
}

function holdsWork(error: unknown): boolean {
  if (!(error instanceof ServerError) || Array.isArray(error.details)) return false;
  const { reason } = { ...error.details } as { reason?: unknown };
  return reason === 'dirty' || reason === 'operation-in-progress';
}
