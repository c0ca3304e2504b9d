import { type Clock } from '../../shared/clock.js';
import { type SessionRecord } from '../store/entry.js';
import { COUNTERS, type Session } from '../session.js';

/** What the next process has to know of a session. */
export function recordOf(session: Session, clock: Clock): SessionRecord {
  const { continuity, isolations, repository, wish, workingDirectory } = session;
  const parkedAt = continuity?.parkedAt;
  const provisionalFrom = continuity?.outbox.provisionalFrom;
  return {
    id: session.id,
    owner: continuity?.owner ?? '',
    startedAtMs: session.startedAtMs,
    ...(parkedAt !== undefined && { parkedAtMs: clock.nowMs() - (clock.monotonicMs() - parkedAt) }),
    paused: session.state.name === 'PAUSED',
    capabilities: session.capabilities,
    tokens: continuity?.tokens.digests ?? {},
    counters: Object.fromEntries(COUNTERS.map((name) => [name, session[name]])),
    lastSeq: continuity?.outbox.lastSeq ?? 0,
    ...(provisionalFrom !== undefined && { provisionalFrom }),
    ...(repository !== undefined && { repository }),
    ...(wish !== undefined && { wish }),
    ...(workingDirectory !== undefined && { workingDirectory }),
    ...(isolations.length > 0 && { isolations }),
  };
}
