import { Injectable } from '@nestjs/common';

import { footprintOf } from '../git/repository-footprint.js';
import { type Repository } from '../git/repository.js';
import { type Continuity } from '../sessions/resume/continuity.js';
import { type Session } from '../sessions/session.js';
import { SessionCredentials } from '../tools/credentials/session-credentials.service.js';
import { ToolSelections } from '../tools/selection/tool-selections.service.js';
import { type ProgressReport, type ToolContext } from '../tools/tool.js';
import { principalOf } from './access.rule.js';
import { ToolRegistry } from '../tools/tool.registry.js';
import { type ToolsCallMessage } from './messages/tools.dto.js';
import { SessionNotices } from './session.notices.js';

/** What a tool is told of the session that calls it. */
@Injectable()
export class CallContexts {
  constructor(
    private readonly notices: SessionNotices,
    private readonly selections: ToolSelections,
    private readonly credentials: SessionCredentials,
    private readonly tools: ToolRegistry,
  ) {}

  /** Notes that a call has begun. @returns a promise where it takes time to write that down */
  begin({ continuity }: Session, { id, params: { name } }: ToolsCallMessage): Promise<void> | undefined {
    return continuity?.journal.begin({ id, tool: name }, this.tools.readsRepository(name));
  }

  /** @throws ServerError `forbidden` where the session has yet to authenticate */
  of(session: Session, { id, params }: ToolsCallMessage): ToolContext {
    const { continuity } = session;
    return {
      sessionId: session.id,
      requestId: id,
      principal: principalOf(session),
      selection: this.selections.of(session),
      place: session,
      credentials: this.credentials.of(session),
      progress: (report: ProgressReport) => this.notices.progress(session, id, report),
      ...(continuity && { underway: journalled(continuity, id, params.name) }),
    };
  }
}

/** An operation that is tried again began with what the first try found. */
function journalled({ journal }: Continuity, id: string, tool: string) {
  let isNoted = false;
  return (repository: Repository): Promise<void> | undefined => {
    if (isNoted) return undefined;
    isNoted = true;
    const { path, gitDir, commonDir } = repository;
    return journal.begin({ id, tool, before: { path, gitDir, commonDir, ...footprintOf(repository) } });
  };
}
