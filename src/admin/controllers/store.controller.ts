import { HttpCode, Post } from '@nestjs/common';

import { SessionRestorer } from '../../sessions/resume/session-restorer.service.js';
import { AdminController } from '../access/admin.controller.js';
import { Summary } from '../access/summary.js';

@AdminController('store')
export class StoreController {
  constructor(private readonly restorer: SessionRestorer) {}

  @Post('acknowledge')
  @HttpCode(200)
  @Summary('Notes that the damaged sessions have been seen; their files stay in the quarantine of the store')
  acknowledge(): { acknowledged: number } {
    return { acknowledged: this.restorer.acknowledge() };
  }
}
