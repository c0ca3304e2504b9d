import { Injectable } from '@nestjs/common';

import { HealthConfig } from '../../config/sections/index.js';
import { EventLoopMonitor } from '../../observability/event-loop.monitor.js';
import { type Check } from '../check.js';
import { type Judgement, ok, warning } from '../finding.js';
import { CpuSampler } from '../samplers/cpu.sampler.js';

@Injectable()
export class EventLoopCheck implements Check {
  readonly id = 'latency.event-loop';
  readonly section = 'latency';
  readonly guide = 'High Latency';
  readonly looksAt = 'delay and utilisation of the event loop in the last 10 to 20 seconds';

  constructor(
    private readonly monitor: EventLoopMonitor,
    private readonly cpu: CpuSampler,
    private readonly config: HealthConfig,
  ) {}

  judge(): Judgement {
    const delay = Math.round(this.monitor.p99Ms);
    const utilization = Math.round(this.cpu.latest().loopUtilization * 100) / 100;
    const figures = { delay_p99_ms: delay, max_ms: this.config.maxEventLoopDelay, utilization };
    if (delay <= this.config.maxEventLoopDelay)
      return ok(`the event loop is late by ${delay} ms at p99`, figures);
    return warning(`the event loop is late by ${delay} ms at p99`, figures, {
      cause: 'something computes for long without letting others have a turn, or the machine is overloaded',
      cures: [{ what: 'find what', command: 'mcp-git-server profile cpu' }],
    });
  }
}
