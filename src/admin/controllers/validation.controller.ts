import { Body, Get, HttpCode, Patch, Post } from '@nestjs/common';

import { ValidationConfig } from '../../config/sections/index.js';
import { MessageValidator } from '../../validation/message-validator.service.js';
import { AdminController } from '../access/admin.controller.js';
import { BodyPipe } from '../access/body.pipe.js';
import { Summary } from '../access/summary.js';
import { CacheBody } from '../bodies/admin.bodies.js';

@AdminController('validation')
export class ValidationController {
  constructor(
    private readonly validator: MessageValidator,
    private readonly config: ValidationConfig,
  ) {}

  @Get()
  @Summary('Verdicts by type of message, and the cache of verdicts')
  state() {
    return { mode: this.config.mode, ...this.validator.stats(), cache: this.validator.cache.stats() };
  }

  @Post('cache/clear')
  @HttpCode(200)
  @Summary('Forgets all verdicts')
  clear(): { forgotten: number } {
    const { size } = this.validator.cache.stats();
    this.validator.cache.clear();
    return { forgotten: size };
  }

  @Patch('cache')
  @Summary('Switches the cache of verdicts on or off until the server ends')
  change(@Body(BodyPipe) { enabled }: CacheBody) {
    if (enabled) this.validator.cache.enable();
    else this.validator.cache.disable();
    return this.validator.cache.stats();
  }
}
