import { ScheduleModule } from '@nestjs/schedule';
import { Test, type TestingModule } from '@nestjs/testing';

import { AppConfig } from '../../src/config/app.config.js';
import { ConfigModule } from '../../src/config/config.module.js';
import { type GitConfig } from '../../src/config/sections/index.js';
import { ObservabilityModule } from '../../src/observability/observability.module.js';
import { type ToolAnswer, type ToolContext } from '../../src/tools/tool.js';
import { ToolCaller } from '../../src/tools/tool.caller.js';
import { ToolRegistry } from '../../src/tools/tool.registry.js';
import { ToolsModule } from '../../src/tools/tools.module.js';
import { everyone } from './tool-calls.js';

type Structured = Record<string, unknown>;

/** The tools as the server has them, on real repositories below `roots`. Close it. */
export class ToolsOnGit {
  private constructor(readonly module: TestingModule) {}

  static async start(roots: readonly string[], configure?: (git: GitConfig) => void): Promise<ToolsOnGit> {
    const config = new AppConfig();
    config.git.roots = [...roots];
    configure?.(config.git);
    const module = await Test.createTestingModule({
      imports: [ConfigModule.forRoot(config), ObservabilityModule, ScheduleModule.forRoot(), ToolsModule],
    }).compile();
    await module.init();
    return new ToolsOnGit(module);
  }

  call(name: string, args: object, context: Partial<ToolContext> = {}): Promise<ToolAnswer<Structured>> {
    const signal = new AbortController().signal;
    const called = this.module.get(ToolCaller).call(name, args, everyone(context), signal);
    return called.then(({ answer }) => answer as ToolAnswer<Structured>);
  }

  /** As `call`, with a yes to the plan of a dry run. */
  async callAgreed(
    name: string,
    args: object,
    context: Partial<ToolContext> = {},
  ): Promise<ToolAnswer<Structured>> {
    const { plan_token } = (await this.call(name, { ...args, dry_run: true }, context)).structured;
    return this.call(name, { ...args, confirm: true, plan_token }, context);
  }

  has(name: string): boolean {
    return this.module.get(ToolRegistry).names().includes(name);
  }

  close(): Promise<void> {
    return this.module.close();
  }
}
