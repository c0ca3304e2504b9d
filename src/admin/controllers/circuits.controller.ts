import { Body, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';

import { type BreakerConfig } from '../../config/sections/index.js';
import { type BreakerStats } from '../../resilience/breaker/breaker-state.js';
import { BreakerRegistry } from '../../resilience/breaker/breaker.registry.js';
import { AdminController } from '../access/admin.controller.js';
import { BodyPipe } from '../access/body.pipe.js';
import { Summary } from '../access/summary.js';
import { CircuitBody, durationOf } from '../bodies/admin.bodies.js';
import { type Page, pageOf, PageQuery } from '../bodies/page.query.js';

@AdminController('circuits')
export class CircuitsController {
  constructor(private readonly breakers: BreakerRegistry) {}

  @Get()
  @Summary('Circuits with state, counts and parameters')
  list(@Query(BodyPipe) query: PageQuery): Page<BreakerStats> {
    return pageOf(this.breakers.stats(), query);
  }

  @Post('reset')
  @HttpCode(200)
  @Summary('Closes all circuits')
  resetAll(): { reset: readonly string[] } {
    return { reset: this.breakers.resetAll() };
  }

  @Post(':name/reset')
  @HttpCode(200)
  @Summary('Closes one circuit and forgets its failures')
  reset(@Param('name') name: string): BreakerStats {
    this.breakers.reset(name);
    return this.breakers.get(name).stats();
  }

  @Post(':name/isolate')
  @HttpCode(200)
  @Summary('Opens one circuit until it is reset: this kind of operation is refused')
  isolate(@Param('name') name: string): BreakerStats {
    this.breakers.assertKnown(name);
    this.breakers.isolate(name);
    return this.breakers.get(name).stats();
  }

  @Patch(':name')
  @Summary('Changes the parameters of one circuit until the server ends')
  configure(@Param('name') name: string, @Body(BodyPipe) body: CircuitBody): BreakerStats {
    this.breakers.assertKnown(name);
    const { failure_threshold, recovery_timeout, half_open_max_calls } = body;
    const changes: Partial<BreakerConfig> = {
      ...(failure_threshold !== undefined && { failureThreshold: failure_threshold }),
      ...(recovery_timeout !== undefined && {
        recoveryTimeout: durationOf(recovery_timeout, 'recovery_timeout'),
      }),
      ...(half_open_max_calls !== undefined && { halfOpenMaxCalls: half_open_max_calls }),
    };
    this.breakers.configure(name, changes);
    return this.breakers.get(name).stats();
  }
}
