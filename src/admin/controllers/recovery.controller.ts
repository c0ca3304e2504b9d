import { HttpCode, Post } from '@nestjs/common';

import { Lifecycle, type LifecyclePhase } from '../../observability/lifecycle.service.js';
import { EmergencyRecovery, type RecoveryReport } from '../../recovery/emergency.recovery.js';
import { ServerError } from '../../shared/errors/index.js';
import { AdminController } from '../access/admin.controller.js';
import { Summary } from '../access/summary.js';

/** By then the next process serves, or this one is gone. */
const RETRY_MS = 5_000;

@AdminController()
export class RecoveryController {
  constructor(
    private readonly emergency: EmergencyRecovery,
    private readonly lifecycle: Lifecycle,
  ) {}

  @Post('recovery/emergency')
  @HttpCode(200)
  @Summary(
    'Stops operations, clears caches, resets circuits, closes sessions, restarts heartbeat and validation',
  )
  recover(): Promise<RecoveryReport> {
    return this.emergency.run();
  }

  @Post('recovery/restart')
  @HttpCode(202)
  @Summary('Begins a graceful restart: what runs may finish, sessions go on in the next process')
  restart(): { restarting: boolean; process: number } {
    if (this.lifecycle.phase !== 'ready') throw draining('only a server that takes in work can be restarted');
    if (this.lifecycle.restart()) return { restarting: true, process: process.pid };
    const message =
      'no supervisor would start the next server; restart it where it is run, or set server.supervised';
    throw new ServerError('operation_failed', message, { details: { reason: 'not-supervised' } });
  }

  @Post('drain')
  @HttpCode(200)
  @Summary('Takes in no new sockets and operations; what runs goes on, and readiness says no')
  drain(): { phase: LifecyclePhase } {
    this.lifecycle.drain('pause');
    return { phase: this.lifecycle.phase };
  }

  @Post('accept')
  @HttpCode(200)
  @Summary('Takes in work again after a drain')
  accept(): { phase: LifecyclePhase } {
    if (this.lifecycle.resume()) return { phase: this.lifecycle.phase };
    throw draining('the server is about to end and takes in nothing more');
  }
}

function draining(message: string): ServerError {
  return new ServerError('server_draining', message, { retryAfterMs: RETRY_MS });
}
