import { Body, Delete, Get, Param, Put } from '@nestjs/common';

import { type LogLevelView, LogLevels } from '../../observability/log/log-levels.service.js';
import { ServerError } from '../../shared/errors/index.js';
import { AdminController } from '../access/admin.controller.js';
import { BodyPipe } from '../access/body.pipe.js';
import { Summary } from '../access/summary.js';
import { durationOf, LogLevelBody } from '../bodies/admin.bodies.js';

const COMPONENT = /^[A-Za-z][\w.-]{0,63}$/;
const EVERYTHING = 'all';
const DEFAULT_FOR = '10m';

@AdminController('log-levels')
export class LogLevelsController {
  constructor(private readonly levels: LogLevels) {}

  @Get()
  @Summary('The general log level and those of single components')
  view(): LogLevelView {
    return this.levels.view();
  }

  @Put(':component')
  @Summary('Changes the level of a component (or of all) for a while; it goes back by itself')
  change(@Param('component') component: string, @Body(BodyPipe) body: LogLevelBody): LogLevelView {
    this.levels.set(body.level, nameOf(component), durationOf(body.for ?? DEFAULT_FOR, 'for'));
    return this.levels.view();
  }

  @Delete(':component')
  @Summary('Takes the level of a component (or of all) back now')
  revert(@Param('component') component: string): LogLevelView {
    this.levels.revert(nameOf(component));
    return this.levels.view();
  }
}

function nameOf(component: string): string | undefined {
  if (component === EVERYTHING) return undefined;
  if (COMPONENT.test(component)) return component;
  throw new ServerError(
    'validation_failed',
    'a component is named as in the field component of its log lines',
    {
      details: [{ path: 'component', constraint: 'matches', message: 'a name such as GitCli, or all' }],
    },
  );
}
