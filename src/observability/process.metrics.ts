import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { collectDefaultMetrics } from 'prom-client';

import { MetricsRegistry } from './metrics.registry.js';

/** Processor time, memory, file descriptors, garbage collection and event loop, under their customary names. */
@Injectable()
export class ProcessMetrics implements OnApplicationBootstrap {
  constructor(private readonly registry: MetricsRegistry) {}

  onApplicationBootstrap(): void {
    collectDefaultMetrics({ register: this.registry });
  }
}
