import { Injectable } from '@nestjs/common';

import { DiagnosticsConfig } from '../../config/sections/index.js';
import { type Check } from '../check.js';
import { type Judgement, ok, warning } from '../finding.js';
import { CpuSampler } from '../samplers/cpu.sampler.js';

@Injectable()
export class CpuCheck implements Check {
  readonly id = 'cpu.usage';
  readonly section = 'cpu';
  readonly guide = 'High CPU Usage';
  readonly looksAt = 'processor time of this process in the last window, load and cores of the machine';

  constructor(
    private readonly sampler: CpuSampler,
    private readonly config: DiagnosticsConfig,
  ) {}

  judge(): Judgement {
    const { usage, load, cores, loopUtilization } = this.sampler.latest();
    const percent = Math.round(usage * 100);
    const figures = {
      percent,
      limit_percent: Math.round(this.config.highCpu * 100),
      load_average: Math.round(load * 100) / 100,
      cores,
      event_loop_percent: Math.round(loopUtilization * 100),
      active_resources: process.getActiveResourcesInfo().length,
    };
    if (usage <= this.config.highCpu) return ok(`the process uses ${percent} % of a core`, figures);
    return warning(
      `the process uses ${percent} % of a core; load ${figures.load_average} on ${cores} cores`,
      figures,
      {
        cause:
          loopUtilization > usage / 2
            ? 'JavaScript computes for long'
            : 'threads beside the event loop are busy',
        cures: [
          { what: 'name the functions that use it', command: 'mcp-git-server profile cpu' },
          { what: 'let fewer operations run at once', setting: 'resilience.maxConcurrentOperations=5' },
        ],
      },
    );
  }
}
