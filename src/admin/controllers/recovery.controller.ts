import { HttpCode, Post } from '@nestjs/common';

import { Lifecycle, type LifecyclePhase } from '../../observability/lifecycle.service.js';
import { EmergencyRecovery, type RecoveryReport } from '../../recovery/emergency.recovery.js';
import { ServerError } from '../../shared/errors/index.js';
import { AdminController } from '../access/admin.controller.js';
import { Summary } from '../access/summary.js';

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
    throw new ServerError('server_draining', 'the server is about to end and takes in nothing more');
  }
}
