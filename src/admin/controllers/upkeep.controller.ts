import { Get, HttpCode, Post, Query } from '@nestjs/common';

import { ResourceSweepJob } from '../../diagnostics/resource-sweep.job.js';
import { HeartbeatMonitor } from '../../heartbeat/heartbeat.monitor.js';
import { type JobRecord, ScheduledJobs } from '../../observability/scheduled-jobs.service.js';
import { type ErrorSummary, ErrorAnalyzer } from '../../resilience/error-analyzer.service.js';
import { type ResourceView, type SweepReport } from '../../resources/resource.js';
import { ResourceLedger } from '../../resources/resource.ledger.js';
import { AdminController } from '../access/admin.controller.js';
import { BodyPipe } from '../access/body.pipe.js';
import { Summary } from '../access/summary.js';
import { type Page, pageOf, PageQuery } from '../bodies/page.query.js';

/** What keeps the server going by itself: heartbeat, resources, jobs, and the errors it has counted. */
@AdminController()
export class UpkeepController {
  constructor(
    private readonly heartbeat: HeartbeatMonitor,
    private readonly resources: ResourceLedger,
    private readonly sweeper: ResourceSweepJob,
    private readonly analyzer: ErrorAnalyzer,
    private readonly jobs: ScheduledJobs,
  ) {}

  @Get('heartbeat')
  @Summary('The monitor and the seconds since each session was last heard of')
  beats(@Query(BodyPipe) query: PageQuery) {
    const ages = [...this.heartbeat.ages()].map(([session_id, ms]) => ({ session_id, silent_s: ms / 1_000 }));
    return { ...this.heartbeat.status(), ...pageOf(ages, query) };
  }

  @Post('heartbeat/restart')
  @HttpCode(200)
  @Summary('Starts the heartbeat monitor anew and takes on every session')
  restartHeartbeat() {
    this.heartbeat.restart();
    return this.heartbeat.status();
  }

  @Get('resources')
  @Summary('What is acquired: type, owner, age; oldest first')
  listResources(@Query(BodyPipe) query: PageQuery): Page<ResourceView> {
    return pageOf(this.resources.all(), query);
  }

  @Post('resources/sweep')
  @HttpCode(200)
  @Summary('Releases what is older than resources.maxAge and belongs to nobody')
  sweep(): Promise<SweepReport> {
    return this.sweeper.sweep();
  }

  @Get('errors')
  @Summary('Errors answered by code, with rates and samples')
  errors(@Query(BodyPipe) query: PageQuery): Page<ErrorSummary> {
    return pageOf(this.analyzer.summary(), query);
  }

  @Get('jobs')
  @Summary('Scheduled jobs with their last success and their failures')
  listJobs(@Query(BodyPipe) query: PageQuery): Page<JobRecord> {
    return pageOf(this.jobs.all(), query);
  }
}
