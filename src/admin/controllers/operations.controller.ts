import { Delete, Get, Param, Query } from '@nestjs/common';

import { OperationExecutor } from '../../resilience/operation.executor.js';
import { type OperationView } from '../../resilience/running-operations.js';
import { ServerError } from '../../shared/errors/index.js';
import { SlowOperations } from '../../tools/slow-operations.service.js';
import { AdminController } from '../access/admin.controller.js';
import { BodyPipe } from '../access/body.pipe.js';
import { Summary } from '../access/summary.js';
import { type Page, pageOf, PageQuery } from '../bodies/page.query.js';

@AdminController('operations')
export class OperationsController {
  constructor(
    private readonly executor: OperationExecutor,
    private readonly slow: SlowOperations,
  ) {}

  @Get()
  @Summary('Operations that run, wait or are about to be retried, oldest first')
  list(@Query(BodyPipe) query: PageQuery): Page<OperationView> {
    return pageOf(this.executor.underway.views(), query);
  }

  @Get('slow')
  @Summary('The last operations over diagnostics.slowOperation, with their parts, newest first')
  slowest(@Query(BodyPipe) query: PageQuery) {
    return pageOf(this.slow.all(), query);
  }

  @Delete(':id')
  @Summary('Ends one operation; its caller is answered with operation_cancelled')
  end(@Param('id') id: string): { ended: string } {
    if (this.executor.underway.end(id)) return { ended: id };
    const details = { reason: 'unknown-operation' };
    throw new ServerError('operation_failed', 'No operation of that id is under way; list them first', {
      details,
    });
  }
}
