import { Injectable } from '@nestjs/common';

import { AppConfig } from '../config/app.config.js';
import { type Session } from '../sessions/session.js';
import { PACKAGE } from '../shared/package-identity.js';
import { type ResumeOffer } from './resumption.service.js';

const { name, version } = PACKAGE;

/** What the server tells of itself in `initialize/result`. */
@Injectable()
export class ServerOffer {
  constructor(private readonly config: AppConfig) {}

  /** @param resume how the session can be resumed, where it can */
  to({ id, state, capabilities }: Session, resume?: ResumeOffer) {
    const { heartbeat } = this.config;
    return {
      session_id: id,
      state: state.name,
      server: { name, version },
      capabilities,
      limits: this.limits(),
      heartbeat: { interval_ms: heartbeat.interval, missed_threshold: heartbeat.missedThreshold },
      ...(resume && { resume }),
    };
  }

  private limits() {
    const { gateway, resilience, sessions } = this.config;
    const { enabled, framesPerSecond, burst } = resilience.rateLimit;
    return {
      max_payload_bytes: gateway.maxPayloadBytes,
      max_concurrent_requests: gateway.maxConcurrentRequests,
      max_buffered_bytes: gateway.maxBufferedBytes,
      idle_timeout_ms: sessions.idleTimeout,
      ...(enabled && { rate_limit: { frames_per_second: framesPerSecond, burst } }),
    };
  }
}
