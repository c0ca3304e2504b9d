import { Logger } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { Test, type TestingModule } from '@nestjs/testing';

import { AppConfig } from '../../src/config/app.config.js';
import { ConfigModule } from '../../src/config/config.module.js';
import { GitModule } from '../../src/git/git.module.js';
import { PROMPT_PROVIDERS } from '../../src/mcp/prompts/index.js';
import { type Prompt, PROMPTS } from '../../src/mcp/prompts/prompt.js';
import { ObservabilityModule } from '../../src/observability/observability.module.js';
import { ResilienceModule } from '../../src/resilience/resilience.module.js';
import { type Scope, SCOPES } from '../../src/shared/principal.js';
import { GitRepository } from '../support/git-repository.js';

export interface Rendered {
  readonly text: string;
  /** Content of the blocks by their titles. */
  readonly data: Readonly<Record<string, string>>;
  /** What stands outside of the blocks: what the server itself says. */
  readonly own: string;
}

/** As a careful reader takes it apart: the random number is told before the first block. */
function parse(text: string): Rendered {
  const nonce = /"BEGIN DATA ([0-9a-f]{24})"/.exec(text)?.[1] ?? 'none';
  const block = new RegExp(`^BEGIN DATA ${nonce} (.*)\\n([\\s\\S]*?)\\nEND DATA ${nonce}$`, 'gm');
  const data = Object.fromEntries([...text.matchAll(block)].map(([, title, body]) => [title, body]));
  return { text, data, own: text.replaceAll(block, '') };
}

/** The prompts as the application wires them, over one repository. Close it. */
export class PromptHarness {
  readonly repo = new GitRepository();

  private module: TestingModule;

  static async start(): Promise<PromptHarness> {
    const harness = new PromptHarness();
    await harness.open();
    return harness;
  }

  get prompts(): readonly Prompt[] {
    return this.module.get<readonly Prompt[]>(PROMPTS);
  }

  prompt(name: string): Prompt {
    const found = this.prompts.find((one) => one.name === name);
    if (!found) throw new Error(`There is no prompt ${name}`);
    return found;
  }

  async render(
    name: string,
    args: Readonly<Record<string, string>> = {},
    scopes: readonly Scope[] = SCOPES,
  ): Promise<Rendered> {
    const reader = {
      sessionId: 's1',
      requestId: 'r1',
      principal: { name: 'ada', scopes: new Set(scopes) },
    };
    const [message, ...more] = await this.prompt(name).render(
      { repo_path: this.repo.path, ...args },
      reader,
      new AbortController().signal,
    );
    if (message?.role !== 'user' || more.length > 0) throw new Error('A prompt is one message of the user');
    return parse(message.text);
  }

  async close(): Promise<void> {
    await this.module.close();
    this.repo.remove();
    Logger.overrideLogger(['log', 'warn', 'error']);
  }

  private async open(): Promise<void> {
    Logger.overrideLogger(false);
    const config = new AppConfig();
    config.git.roots = [this.repo.root];
    this.module = await Test.createTestingModule({
      imports: [
        ConfigModule.forRoot(config),
        ObservabilityModule,
        ScheduleModule.forRoot(),
        ResilienceModule,
        GitModule,
      ],
      providers: PROMPT_PROVIDERS,
    }).compile();
    await this.module.init();
  }
}
