import { Controller, Get } from '@nestjs/common';
import { HealthCheck, type HealthCheckResult } from '@nestjs/terminus';

import { HealthReporter } from './health.reporter.js';

/** With documentation Terminus would load all of Swagger, a quarter of a second, before anything is served. */
const PROBE = { noCache: true, swaggerDocumentation: false };

/**
 * Probes: 200, or 503 with the same body. Whoever asks needs no credential and no known Host, so the answers
 * name no path, no session and no remote.
 */
@Controller('health')
export class HealthController {
  constructor(private readonly reporter: HealthReporter) {}

  @Get()
  @HealthCheck(PROBE)
  health(): Promise<HealthCheckResult> {
    return this.reporter.overall();
  }

  @Get('live')
  @HealthCheck(PROBE)
  live(): Promise<HealthCheckResult> {
    return this.reporter.live();
  }

  @Get('ready')
  @HealthCheck(PROBE)
  ready(): Promise<HealthCheckResult> {
    return this.reporter.ready();
  }

  @Get('startup')
  @HealthCheck(PROBE)
  startup(): Promise<HealthCheckResult> {
    return this.reporter.startup();
  }
}
