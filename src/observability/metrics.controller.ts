import { Controller, Get, Header } from '@nestjs/common';

import { MetricsRegistry } from './metrics.registry.js';

/** What Prometheus scrapes. It calls by address, so any Host is served. */
@Controller('metrics')
export class MetricsController {
  constructor(private readonly registry: MetricsRegistry) {}

  @Get()
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  @Header('Cache-Control', 'no-store')
  scrape(): Promise<string> {
    return this.registry.metrics();
  }
}
