import { Injectable } from '@nestjs/common';

import { ValidationConfig } from '../config/sections/index.js';
import { HeartbeatMonitor } from '../heartbeat/heartbeat.monitor.js';
import { BreakerRegistry } from '../resilience/breaker/breaker.registry.js';
import { MessageValidator } from '../validation/message-validator.service.js';

/** Brings what remembers (verdicts, circuits, missed heartbeats) back to how it was at the start. */
@Injectable()
export class CacheRecovery {
  constructor(
    private readonly validator: MessageValidator,
    private readonly breakers: BreakerRegistry,
    private readonly heartbeat: HeartbeatMonitor,
    private readonly config: ValidationConfig,
  ) {}

  clear(): string {
    const { size } = this.validator.cache.stats();
    this.validator.cache.clear();
    return `${size} verdicts forgotten`;
  }

  resetCircuits(): string {
    const reset = this.breakers.resetAll();
    return reset.length === 0 ? 'all were closed' : `closed: ${reset.join(', ')}`;
  }

  restart(): string {
    this.heartbeat.restart();
    if (this.config.cache.enabled) this.validator.cache.enable();
    else this.validator.cache.disable();
    return `the heartbeat watches ${this.heartbeat.status().sessions} sessions; validation as configured`;
  }
}
