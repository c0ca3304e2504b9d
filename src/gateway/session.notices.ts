import { Injectable } from '@nestjs/common';

import { type Session } from '../sessions/session.js';
import { type ProgressReport } from '../tools/tool.js';

/** What a session that asked for `progress` is told unasked. Dropped, never queued, for a reader that is behind. */
@Injectable()
export class SessionNotices {
  progress(session: Session, requestId: string, progress: ProgressReport): void {
    if (!session.capabilities.progress || !session.isRunning(requestId)) return;
    session.offer(JSON.stringify({ type: 'notifications/progress', request_id: requestId, progress }));
  }

  /** @param requestId absent where the status is the session's own */
  status(session: Session, status: string, requestId?: string): void {
    if (!session.capabilities.progress) return;
    session.offer(JSON.stringify({ type: 'notifications/status', request_id: requestId, status }));
  }
}
