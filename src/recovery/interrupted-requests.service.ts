import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';

import { errorFrame } from '../gateway/error.mapper.js';
import { OrphanedProcesses } from '../git/cli/orphaned-processes.js';
import { SessionRestorer } from '../sessions/resume/session-restorer.service.js';
import { type Session } from '../sessions/session.js';
import { type BegunRequest } from '../sessions/store/entry.js';
import { ServerError } from '../shared/errors/index.js';
import { type Tool } from '../tools/tool.js';
import { ToolRegistry } from '../tools/tool.registry.js';
import { judge, type Outcome, type Verdict } from './interruption.judge.js';

const ADVICE: Readonly<Record<Outcome, string>> = {
  done: 'it was done all the same; do not send it again',
  not_done: 'nothing was done; send it again',
  unknown: 'look at the repository before you send it again',
};

/**
 * Brings sessions back before the first client is let in, and answers what the last process left unanswered: as soon as
 * possible, since the repository tells less with every later change.
 */
@Injectable()
export class InterruptedRequests implements OnApplicationBootstrap {
  private readonly logger = new Logger(InterruptedRequests.name);

  constructor(
    private readonly restorer: SessionRestorer,
    private readonly tools: ToolRegistry,
    private readonly orphans: OrphanedProcesses,
  ) {}

  // When all modules have registered their tools.
  async onApplicationBootstrap(): Promise<void> {
    // What still writes would make every judgement wrong.
    await this.orphans.end();
    this.restorer.answerWith((session, requests) => this.answer(session, requests));
    await this.restorer.restoreAll(new AbortController().signal);
  }

  private answer(session: Session, requests: readonly BegunRequest[]): Promise<void> {
    for (const request of requests) {
      const verdict = judge(request, this.toolOf(request));
      this.logger.warn('Request was interrupted', {
        session_id: session.id,
        request_id: request.id,
        tool: request.tool,
        outcome: verdict.outcome,
      });
      session.deliver(errorFrame(request.id, interrupted(request, verdict)), request.id);
    }
    return Promise.resolve();
  }

  private toolOf({ tool }: BegunRequest): Tool | undefined {
    return this.tools.names().includes(tool) ? this.tools.get(tool) : undefined;
  }
}

function interrupted({ tool }: BegunRequest, { outcome, headBefore, headNow }: Verdict): ServerError {
  const message = `the server ended before the operation was answered: ${ADVICE[outcome]}`;
  return new ServerError('operation_interrupted', message, {
    details: {
      outcome,
      tool,
      ...(headBefore !== undefined && { head_before: headBefore }),
      ...(headNow !== undefined && { head_now: headNow }),
    },
  });
}
