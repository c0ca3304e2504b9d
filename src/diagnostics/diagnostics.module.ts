import { Module, type OnModuleInit } from '@nestjs/common';

import { GatewayModule } from '../gateway/gateway.module.js';
import { GitModule } from '../git/git.module.js';
import { HeartbeatModule } from '../heartbeat/heartbeat.module.js';
import { ResilienceModule } from '../resilience/resilience.module.js';
import { ResourcesModule } from '../resources/resources.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { ToolRegistry } from '../tools/tool.registry.js';
import { ToolsModule } from '../tools/tools.module.js';
import { ValidationModule } from '../validation/validation.module.js';
import { type Check, CHECKS } from './check.js';
import { CHECK_CLASSES } from './checks/index.js';
import { Diagnosis } from './diagnosis.service.js';
import { DiagnosisWatch } from './diagnosis.watch.js';
import { LeakDetector } from './leak/leak.detector.js';
import { ProfileFolder } from './profiles/profile-folder.js';
import { Profiler } from './profiles/profiler.service.js';
import { ResourceSweepJob } from './resource-sweep.job.js';
import { ServerDiagnoseTool } from './server-diagnose.tool.js';
import { AfterGcObserver } from './samplers/after-gc.observer.js';
import { CpuSampler } from './samplers/cpu.sampler.js';
import { MemorySampler } from './samplers/memory.sampler.js';
import { TimerResources } from './timer.resources.js';

/** What the server knows of its own health: checks with verdict and cure, and the samples behind them. */
@Module({
  imports: [
    GatewayModule,
    GitModule,
    HeartbeatModule,
    ResilienceModule,
    ResourcesModule,
    SessionsModule,
    ToolsModule,
    ValidationModule,
  ],
  providers: [
    ...CHECK_CLASSES,
    { provide: CHECKS, useFactory: (...checks: Check[]) => checks, inject: [...CHECK_CLASSES] },
    AfterGcObserver,
    CpuSampler,
    Diagnosis,
    DiagnosisWatch,
    LeakDetector,
    MemorySampler,
    ProfileFolder,
    Profiler,
    ResourceSweepJob,
    ServerDiagnoseTool,
    TimerResources,
  ],
  exports: [Diagnosis, ProfileFolder, Profiler, ResourceSweepJob],
})
export class DiagnosticsModule implements OnModuleInit {
  constructor(
    private readonly registry: ToolRegistry,
    private readonly tool: ServerDiagnoseTool,
  ) {}

  onModuleInit(): void {
    this.registry.register(this.tool);
  }
}
