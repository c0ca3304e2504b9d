import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Logger } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { Test, type TestingModule } from '@nestjs/testing';

import { AppConfig } from '../../src/config/app.config.js';
import { ConfigModule } from '../../src/config/config.module.js';
import { ObservabilityModule } from '../../src/observability/observability.module.js';
import { type ToolContext } from '../../src/tools/tool.js';
import { ToolCaller } from '../../src/tools/tool.caller.js';
import { ToolRegistry } from '../../src/tools/tool.registry.js';
import { ToolsModule } from '../../src/tools/tools.module.js';
import { MessageValidator } from '../../src/validation/message-validator.service.js';
import { everyone } from './tool-calls.js';

export interface BenchAnswer {
  readonly text: string;
  readonly structured: Record<string, unknown>;
}

/** The tools on real repositories in one root, called as a client calls them. Close it. */
export class ToolBench {
  private constructor(
    private readonly module: TestingModule,
    readonly root: string,
  ) {}

  static async start(configure: (config: AppConfig) => void = () => undefined): Promise<ToolBench> {
    const root = realpathSync(mkdtempSync(join(tmpdir(), 'bench-')));
    const config = new AppConfig();
    config.git.roots = [root];
    configure(config);
    const module = await Test.createTestingModule({
      imports: [ConfigModule.forRoot(config), ObservabilityModule, ScheduleModule.forRoot(), ToolsModule],
    }).compile();
    Logger.overrideLogger(false);
    await module.init();
    return new ToolBench(module, root);
  }

  /** A new folder in the root, for the repositories of one test. */
  folder(): string {
    return mkdtempSync(join(this.root, 'test-'));
  }

  /** Checks, too, that the answer fits the schema that clients were shown. */
  async call(
    name: string,
    args: object,
    context: Partial<ToolContext> = {},
    signal = new AbortController().signal,
  ): Promise<BenchAnswer> {
    const { answer } = await this.module.get(ToolCaller).call(name, args, everyone(context), signal);
    const structured = JSON.parse(JSON.stringify(answer.structured)) as Record<string, unknown>;
    // The tool's own fields: which operation it was is added to every change.
    delete structured['operation_id'];
    if (structured['dry_run'] !== true) this.check(name, withoutMark(structured));
    return { text: answer.text, structured };
  }

  /** Tries the call, then makes it with the token of the trial. */
  async confirmed(name: string, args: object): Promise<BenchAnswer> {
    const { structured } = await this.call(name, { ...args, dry_run: true });
    return this.call(name, { ...args, confirm: true, plan_token: structured['plan_token'] });
  }

  async close(): Promise<void> {
    await this.module.close();
    rmSync(this.root, { recursive: true, force: true });
    Logger.overrideLogger(['log', 'warn', 'error']);
  }

  private check(name: string, structured: object): void {
    const { output } = this.module.get(ToolRegistry).get(name).spec;
    const verdict = this.module.get(MessageValidator).validate(output, structured, name);
    const found = verdict.ok ? verdict.warnings : verdict.issues;
    // The mark of an answer that was cut is added to every schema.
    const faults = found.filter(({ path }) => path !== 'truncated');
    if (faults.length > 0) throw new Error(`${name} breaks its output schema: ${JSON.stringify(faults)}`);
  }
}

/** Any answer may be marked as truncated, which is no field of the tool's own; a patch always says it. */
function withoutMark(structured: Record<string, unknown>): object {
  const { truncated, ...own } = structured;
  return 'patch' in own || truncated !== true ? structured : own;
}
